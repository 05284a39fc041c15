// Plays the chosen stream and says what is on screen: content or an ad.
'use strict';

const $ = (id) => document.getElementById(id);
const video = $('video');
const stripLength = 120;
// What the ad server's URL has [player_params.segment] for.
const segment = 'ads.segment';
const uuid = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;
let playing;
let again;
let onScreen = '';

function notice(text) {
  $('notice').textContent = text;
  $('notice').hidden = !text;
}

function play() {
  notice('');
  onScreen = '';
  window.mySession = '';
  if (playing) playing.close();
  playing = undefined;
  const url = new URL($('stream').value, location.href);
  if ($('audience').value) url.searchParams.set(segment, $('audience').value);
  else url.searchParams.delete(segment);
  const able = Object.keys(players).filter((name) => players[name].plays(url.pathname));
  const chosen = $('player').value;
  $('player').replaceChildren(...able.map((name) => new Option(name)));
  if (able.includes(chosen)) $('player').value = chosen;
  if (!able.length) {
    video.src = url;
    notice('No player is built in. “make demo” fetches them from npm; only a browser that plays the stream by itself can go on without.');
    return;
  }
  playing = players[$('player').value].open(url.href, video, {
    screen: (what) => { onScreen = what; },
    quality: (height) => { $('quality').textContent = height ? `${height}p` : '–'; },
    session(address) {
      const found = uuid.exec(address);
      if (found) { window.mySession = found[0]; $('session').textContent = found[0]; }
    },
    failed(why) {
      notice(`The player gave up (${why}); trying again.`);
      clearTimeout(again);
      again = setTimeout(play, 2000);
    },
  });
}

function tick() {
  const badge = $('badge');
  badge.className = `badge ${onScreen}`;
  badge.textContent = onScreen === 'ad' ? 'AD' : onScreen || 'starting';
  const mark = document.createElement('i');
  mark.className = onScreen;
  $('strip').append(mark);
  while ($('strip').children.length > stripLength) $('strip').firstChild.remove();
  const behind = playing && playing.latency();
  $('latency').textContent = behind ? `${behind.toFixed(1)} s` : '–';
}

async function refreshState() {
  try {
    const state = await (await fetch('/state.json')).json();
    const now = Date.parse(state.now), start = Date.parse(state.availStart), end = Date.parse(state.availEnd);
    if (start < 0) $('next').textContent = 'when asked for';
    else $('next').textContent = now < start ? `in ${Math.ceil((start - now) / 1000)} s`
      : `now, ${Math.max(0, Math.ceil((end - now) / 1000))} s left`;
  } catch { $('next').textContent = '–'; }
}

async function start() {
  for (let i = 0; i < stripLength; i++) $('strip').append(document.createElement('i'));
  for (const stream of await (await fetch('/streams.json')).json()) $('stream').append(new Option(stream.title, stream.url));
  const choose = () => {
    $('audience').value = new URL($('stream').value, location.href).searchParams.get(segment) || '';
    play();
  };
  $('stream').onchange = choose;
  $('audience').onchange = play;
  $('player').onchange = play;
  $('cue').onclick = () => fetch('/avail', { method: 'POST' }).then(refreshState);
  choose();
  setInterval(tick, 500);
  setInterval(refreshState, 1000);
}

start();
