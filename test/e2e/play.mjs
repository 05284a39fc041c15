// Plays streams in Chromium, each in a page and with a player of its own, all at
// once. Standard input is JSON: {base, seconds, shots, cases: [{name, player,
// src, want, steps}]}. A step {at, for, do, arg} is taken when the picture at has
// been on screen for so many seconds. A case is over, all steps taken, when what was on screen ends with the pictures of
// want and has stayed there for four seconds, or after seconds. Standard output
// is JSON, one result a case.
import fs from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';

const job = JSON.parse(fs.readFileSync(0, 'utf8'));
const settled = 4;
const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;

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
  const pictures = timeline.map((t) => t.picture).filter((p) => p !== 'nothing' && p !== 'black');
  return want.length > 0 && pictures.length >= want.length
    && want.every((w, i) => pictures[pictures.length - want.length + i] === w);
}

async function run(one) {
  const context = await browser.newContext({ viewport: { width: 640, height: 360 } });
  const page = await context.newPage();
  const console_ = [], requests = [];
  page.on('console', (m) => { if (m.type() === 'error') console_.push(m.text().slice(0, 300)); });
  page.on('pageerror', (e) => console_.push(`exception: ${e.message}`));
  page.on('response', (r) => { if (r.status() >= 400) requests.push(`${r.status()} ${r.url()}`); });
  const sessions = new Set();
  page.on('request', (r) => {
    const found = /\/v1\/|aws\.sessionId/.test(r.url()) && uuid.exec(r.url());
    if (found) sessions.add(found[0]);
  });
  const deadline = Date.now() + job.seconds * 1000;
  let result = { name: one.name, done: false };
  let shot = false;
  const steps = [...(one.steps || [])];
  try {
    await page.goto(`${job.base}/player.html?${new URLSearchParams({ player: one.player, src: one.src })}`);
    for (let over = false; !over;) {
      await page.waitForTimeout(250);
      const { report, stats, clock } = await page.evaluate(() => ({ report: window.report, stats: window.stats(), clock: performance.now() / 1000 }));
      const last = report.timeline.at(-1);
      const step = steps[0];
      if (step && last && last.picture === step.at && clock - last.wall >= step.for) {
        steps.shift();
        await page.evaluate((s) => window.act(s), step);
        continue;
      }
      const done = steps.length === 0 && Boolean(last) && endsWith(report.timeline, one.want) && clock - last.wall >= settled;
      result = { ...result, ...report, ...stats, done, seconds: clock };
      if (!shot && job.shots && last && !['content', 'nothing', 'black'].includes(last.picture)) {
        shot = true;
        await page.screenshot({ path: path.join(job.shots, `${one.name}.png`) });
      }
      over = done || stats.ended || Date.now() > deadline;
      result.untaken = steps.length;
    }
  } catch (e) {
    result.crash = String(e);
  }
  await context.close();
  return { ...result, console: console_.slice(0, 20), failures: requests.slice(0, 20), sessions: [...sessions] };
}

const results = await Promise.all(job.cases.map(run));
const version = browser.version();
await browser.close();
process.stdout.write(JSON.stringify({ browser: version, results }));
