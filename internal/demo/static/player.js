// Plays the chosen stream and says what is on screen: content or an ad.
'use strict';

const $ = (id) => document.getElementById(id);
const video = $('video');
const stripLength = 120;
const adSegment = /\/(v1\/segment|tm)\//;
// What the ad server's URL has [player_params.segment] for.
const segment = 'ads.segment';
const uuid = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;
let hls;
let onScreen = '';

function notice(text) {
  $('notice').textContent = text;
  $('notice').hidden = !text;
}

function play() {
  notice('');
  onScreen = '';
  window.mySession = '';
  if (hls) hls.destroy();
  const url = new URL($('stream').value, location.href);
  if ($('audience').value) url.searchParams.set(segment, $('audience').value);
  else url.searchParams.delete(segment);
  if (!window.Hls || !Hls.isSupported()) {
    video.src = url;
    notice(window.Hls ? 'This browser has no Media Source Extensions.'
      : 'hls.js is not built in. “make demo” fetches it from npm; only a browser that plays HLS by itself can go on without.');
    return;
  }
  hls = new Hls({ liveSyncDurationCount: 3 });
  hls.on(Hls.Events.LEVEL_LOADED, (_, data) => {
    const found = uuid.exec(data.details.url);
    if (found) { window.mySession = found[0]; $('session').textContent = found[0]; }
  });
  hls.on(Hls.Events.FRAG_CHANGED, (_, { frag }) => {
    onScreen = adSegment.test(frag.url) ? 'ad' : 'content';
    const level = hls.levels[frag.level];
    $('quality').textContent = level ? `${level.height}p` : '–';
  });
  hls.on(Hls.Events.ERROR, (_, data) => {
    if (!data.fatal) return;
    notice(`The player gave up (${data.details}); trying again.`);
    setTimeout(play, 2000);
  });
  hls.loadSource(url.href);
  hls.attachMedia(video);
}

function tick() {
  const badge = $('badge');
  badge.className = `badge ${onScreen}`;
  badge.textContent = onScreen === 'ad' ? 'AD' : onScreen || 'starting';
  const mark = document.createElement('i');
  mark.className = onScreen;
  $('strip').append(mark);
  while ($('strip').children.length > stripLength) $('strip').firstChild.remove();
  const behind = hls && hls.latency;
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
  $('cue').onclick = () => fetch('/avail', { method: 'POST' }).then(refreshState);
  choose();
  setInterval(tick, 500);
  setInterval(refreshState, 1000);
}

start();
