// Plays streams in Chromium, each in a page and with a player of its own, all at
// once. Standard input is JSON: {base, seconds, shots, cue, cues, cases: [{name, player,
// src, control, want, steps, behind, old}]}. When every case has content on screen, cue
// is POSTed to, and, until that was done cues times, whenever every case is back at content
// after the ads. A step {at, for, do, arg} is taken when the picture at has been on
// screen, and the step before over, for so many seconds. A case is over, all steps
// taken, when what was on screen ends with the pictures of want and has stayed there
// for four seconds, and, where behind is given, the clock goes on after the last step
// and what is loaded has fallen behind by no more; or after seconds. A control is played by the same kind of player beside its case,
// for as long. Standard output is JSON, one result a case. What hls.js has logged in a case that
// was not done goes to shots.
import fs from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';

const job = JSON.parse(fs.readFileSync(0, 'utf8'));
const settled = 4;
const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;
const blank = ['nothing', 'black'];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required', '--mute-audio',
    '--disable-dev-shm-usage', '--disable-renderer-backgrounding', '--disable-background-timer-throttling',
    '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost'],
});

// endsWith is whether the pictures end with want, and since when.
function endsWith(timeline, want) {
  const pictures = timeline.map((t) => t.picture).filter((p) => !blank.includes(p));
  return want.length > 0 && pictures.length >= want.length
    && want.every((w, i) => pictures[pictures.length - want.length + i] === w);
}

// lost is by how much what a player has loaded has fallen behind since its first
// picture. Its clock may: hls.js loads on while it is paused, and plays that first.
function lost({ timeline, loaded, seconds }) {
  const first = timeline.find((t) => !blank.includes(t.picture));
  return first ? (seconds - first.wall) - (loaded - first.time) : 0;
}

// returns counts how often content came after the pictures of ads.
function returns(timeline) {
  const pictures = timeline.map((t) => t.picture).filter((p) => !blank.includes(p));
  return pictures.filter((p, i) => i > 0 && p === 'content' && pictures[i - 1] !== 'content').length;
}

// Screen is a page with a player in it.
class Screen {
  console = [];
  failures = [];
  sessions = new Set();
  seen = {};

  async open(player, src, old) {
    this.context = await browser.newContext({ viewport: { width: 640, height: 360 } });
    this.page = await this.context.newPage();
    this.page.on('console', (m) => { if (m.type() === 'error') this.console.push(m.text().slice(0, 300)); });
    this.page.on('pageerror', (e) => this.console.push(`exception: ${e.message}`));
    this.page.on('response', (r) => { if (r.status() >= 400) this.failures.push(`${r.status()} ${r.url()}`); });
    this.page.on('request', (r) => {
      const found = /\/v1\/|aws\.sessionId/.test(r.url()) && uuid.exec(r.url());
      if (found) this.sessions.add(found[0]);
    });
    await this.page.goto(`${job.base}/player.html?${new URLSearchParams(old ? { player, src, old: 1 } : { player, src })}`);
  }

  // look brings seen up to date.
  async look() {
    const { report, stats, clock } = await this.page.evaluate(() => ({ report: window.report, stats: window.stats(), clock: performance.now() / 1000 }));
    this.seen = { ...report, ...stats, seconds: clock };
    return this.seen;
  }

  // shows says whether a picture that is not blank has been on screen.
  shows() { return (this.seen.timeline || []).some((t) => !blank.includes(t.picture)); }

  result() {
    return { ...this.seen, console: this.console.slice(0, 20), failures: this.failures.slice(0, 20), sessions: [...this.sessions] };
  }
}

// The cue waits for every case.
let waiting = job.cases.length;
async function ready() {
  waiting--;
  if (waiting > 0 || !job.cue) return;
  await cue();
}

let cued = 0;
async function cue() {
  cued++;
  const answer = await fetch(job.cue, { method: 'POST' });
  if (!answer.ok) throw new Error(`${job.cue}: status ${answer.status}`);
}

// seenBreaks are how many avails each case has played to their end.
const seenBreaks = job.cases.map(() => 0);
async function back(index, timeline) {
  seenBreaks[index] = returns(timeline);
  if (cued > 0 && cued < job.cues && Math.min(...seenBreaks) >= cued) await cue();
}

async function run(one, index) {
  const deadline = Date.now() + job.seconds * 1000;
  const steps = [...(one.steps || [])];
  const subject = new Screen(), control = one.control && new Screen();
  let crash = '', done = false, shot = false, isReady = false, acted = 0, actedAt = 0;
  try {
    await Promise.all([subject.open(one.player, one.src, one.old), control && control.open(one.player, one.control)]);
    for (let over = false; !over;) {
      await subject.page.waitForTimeout(250);
      const [seen] = await Promise.all([subject.look(), control && control.look()]);
      if (!isReady && subject.shows() && (!control || control.shows())) {
        isReady = true;
        await ready();
      }
      await back(index, seen.timeline);
      const last = seen.timeline.at(-1);
      const step = steps[0];
      if (step && last && last.picture === step.at && seen.seconds - Math.max(last.wall, acted) >= step.for) {
        steps.shift();
        actedAt = seen.time;
        acted = await subject.page.evaluate((s) => window.act(s), step);
        continue;
      }
      if (!shot && job.shots && last && !['content', ...blank].includes(last.picture)) {
        shot = true;
        await subject.page.screenshot({ path: path.join(job.shots, `${one.name}.png`) });
      }
      done = steps.length === 0 && Boolean(last) && endsWith(seen.timeline, one.want)
        && seen.seconds - Math.max(last.wall, acted) >= settled && (!one.behind || seen.time > actedAt + 1 && lost(seen) <= one.behind);
      over = done || seen.ended || Date.now() > deadline;
    }
  } catch (e) {
    crash = String(e);
  }
  if (!isReady) await ready().catch((e) => { crash ||= String(e); });
  if (!done && job.shots && subject.page) {
    const journal = await subject.page.evaluate(() => window.journal).catch((e) => [String(e)]);
    if (journal?.length > 0) fs.writeFileSync(path.join(job.shots, `${one.name}.journal`), `${journal.join('\n')}\n`);
  }
  const result = { name: one.name, done, crash, untaken: steps.length, ...subject.result() };
  if (control) result.control = { name: `${one.name}-control`, done: true, ...control.result() };
  await Promise.all([subject, control].map((s) => s && s.context && s.context.close()));
  return result;
}

const results = await Promise.all(job.cases.map(run));
const version = browser.version();
await browser.close();
process.stdout.write(JSON.stringify({ browser: version, results }));
