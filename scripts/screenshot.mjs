// Makes docs/images/parked-engagement.png: the page of a parked engagement in the Temporal Web UI, from a running
// `npm run up -- --no-demo`. Where no engagement is parked yet, one is brought about: the ERP refuses a contract, and
// the PSA refuses the undo of its project. Needs a system Chromium (CHROMIUM, else the usual places).
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const checkout = join(dirname(fileURLToPath(import.meta.url)), '..');
const image = join(checkout, 'docs', 'images', 'parked-engagement.png');
const DEAL = '006TL00000000005AA';
const FAULTS = [
  { system: 'netsuite', operation: 'POST */salesOrder', fault: 'reject', times: 'always' },
  { system: 'kantata', operation: 'PUT */workspaces/*', fault: 'reject', times: 'always' },
];
const PATIENCE_MS = 90_000;

const run = readRun();
const parked = (await findParked()) ?? (await park());
console.log(`parked: ${parked.engagementId}, ${parked.parkedReason}`);
await photograph(parked);
console.log(image);

function readRun() {
  const file = join(resolve(process.env.THROUGHLINE_HOME ?? join(checkout, '.throughline')), 'run.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  console.error(`${file} is missing: start \`npm run up -- --no-demo\` first`);
  process.exit(1);
}

async function json(url, options = {}) {
  const response = await fetch(url, options);
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

async function findParked() {
  const headers = { authorization: `Bearer ${run.tokens.auditor}` };
  const { data } = await json(`${run.api}/v1/engagements?needsHuman=true&limit=200`, { headers });
  return data.find(({ parkedReason }) => parkedReason !== null);
}

async function park() {
  const control = (path, body) =>
    json(`${run.sandboxUrl}/_sandbox/${path}`, { method: 'POST', body: JSON.stringify(body) });
  for (const fault of FAULTS) await control('faults', fault);
  await control('actions', { action: 'close-deal', dealId: DEAL });
  for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += 500) {
    const found = await findParked();
    if (found) return found;
    await delay(500);
  }
  throw new Error(`no engagement was parked within ${PATIENCE_MS / 1000} s: see ${join(run.dataDir, 'logs')}`);
}

async function photograph({ connectionId, dealId }) {
  const workflow = encodeURIComponent(`engagement:${connectionId}:${dealId}`);
  const page = `${run.temporalUi}/namespaces/${run.namespace}/workflows/${workflow}`;
  const browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] });
  try {
    const tab = await browser.newPage({ viewport: { width: 1600, height: 1680 }, deviceScaleFactor: 1 });
    await tab.goto(page, { waitUntil: 'domcontentloaded' });
    await tab.waitForURL(/workflows\/[^/]+\/[^/]+\//, { timeout: PATIENCE_MS });
    const details = tab.url().replace(/\/(timeline|history)\b.*$/, '/user-metadata');
    await tab.goto(details, { waitUntil: 'domcontentloaded' });
    await tab.waitForTimeout(20_000); // the page keeps polling, so it is never idle, and its details come last
    mkdirSync(dirname(image), { recursive: true });
    await tab.screenshot({ path: image });
  } finally {
    await browser.close();
  }
}

function findChromium() {
  const places = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  const found = places.find((place) => place && existsSync(place));
  if (found) return found;
  throw new Error('no Chromium found: install one (Debian: apt-get install chromium) or set CHROMIUM');
}
