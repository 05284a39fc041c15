// Fills #entries with what the ad server received, newest first.
'use strict';

const colours = { red: '#d0202c', blue: '#1f4fd0', purple: '#8a2be2', orange: '#ff8c00' };
const mostShown = 300;
let lastNumber = 0;

function element(name, className, text) {
  const e = document.createElement(name);
  if (className) e.className = className;
  if (text !== undefined) e.textContent = text;
  return e;
}

function swatch(ad) {
  const e = element('span', 'swatch');
  e.style.background = colours[ad] || 'gray';
  return e;
}

function row(entry, withHeaders) {
  const li = element('li', entry.kind);
  const query = entry.query || {};
  const session = query.session || '';
  li.dataset.session = session;
  li.append(element('time', '', new Date(entry.time).toLocaleTimeString([], { hour12: false })));
  const what = element('span');
  if (entry.kind === 'ads') {
    what.append(`asked for ${query.duration || '?'} s: `);
    for (const ad of entry.ads || []) what.append(swatch(ad), ad + ' ');
    if (!entry.ads) what.append('nothing fits');
  } else {
    what.append(swatch(query.ad), `${query.ad || ''} ${query.event || ''}`);
  }
  li.append(what, element('span', 'hop', query.hop === 'wrapper' ? 'wrapper' : `#${query.req || entry.number}`));
  if (withHeaders) {
    const headers = Object.entries(entry.headers || {}).map(([k, v]) => `${k}: ${v}`);
    li.append(element('span', 'who', [session && `session ${session}`, ...headers].filter(Boolean).join('  ·  ')));
  }
  return li;
}

async function refreshLog() {
  const list = document.getElementById('entries');
  try {
    const { entries } = await (await fetch(`/log.json?since=${lastNumber}`)).json();
    for (const entry of entries) {
      if (lastNumber === 0) list.replaceChildren();
      lastNumber = entry.number;
      list.prepend(row(entry, list.dataset.headers));
    }
    while (list.children.length > mostShown) list.lastChild.remove();
  } catch { /* the server is away: the next round tells */ }
  const mine = window.mySession;
  for (const li of list.children) {
    li.classList.toggle('other', Boolean(mine && li.dataset.session && li.dataset.session !== mine));
  }
  setTimeout(refreshLog, 1000);
}

refreshLog();
