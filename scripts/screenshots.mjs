/**
 * Writes the pictures of the console that the documents show, into docs/pictures/: `node scripts/screenshots.mjs`.
 * A private Orthanc, the service and made-up radiographs, as `npm run demo` starts them: no person is in them.
 */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import sharp from 'sharp';
import { giveUp, installSystemPackages, packages, root } from './prepare.mjs';

/** Each page with its address, what is there once it is drawn, and the keys that are pressed then. */
const pages = [
  { name: 'today', path: () => '/', drawn: '.chart canvas' },
  { name: 'studies', path: (id) => `/studies/${id}`, drawn: '.stage img' },
  { name: 'compare', path: (id) => `/compare/${id}`, drawn: 'main canvas' },
  { name: 'rules', path: () => '/rules', drawn: '.cm-content' },
  { name: 'models', path: () => '/models', drawn: 'main h2' },
  { name: 'system', path: () => '/system', drawn: '#audit' },
  { name: 'sign-in', path: () => '/sign-in', drawn: 'main form' },
];
const viewport = { width: 1440, height: 900 };
const mostBytes = 150_000;
const startMs = 600_000;
/** Pictures and charts are there by then. */
const settleMs = 2000;

if (!installSystemPackages(packages.test)) giveUp('the pictures need Debian or Ubuntu.');
const folder = join(root, 'docs/pictures');
mkdirSync(folder, { recursive: true });

const demo = spawn(process.execPath, ['scripts/demo.mjs', '--small'], {
  cwd: root,
  stdio: ['ignore', 'pipe', 'inherit'],
});
const ended = new Promise((resolve) => demo.once('exit', resolve));
try {
  const url = await addressOf(demo);
  console.log(`• the service at ${url} has coloured its phantoms`);
  await takePictures(url);
} finally {
  demo.kill('SIGINT');
  await ended;
}

/** The address of the console, once every phantom was coloured. */
function addressOf(child) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the demo did not get ready')), startMs);
    let said = '';
    child.stdout.on('data', (text) => {
      said += String(text);
      const address = /the console +(\S+)\//.exec(said)?.[1];
      if (address === undefined || !said.includes('Before and after:')) return;
      clearTimeout(timer);
      resolve(address);
    });
    child.once('exit', (code) => reject(new Error(`the demo ended with ${code}`)));
  });
}

async function takePictures(url) {
  const answer = await fetch(`${url}/api/images?state=stored&model=evidence`);
  const { images } = await answer.json();
  const best = images.toSorted((one, other) => other.probability - one.probability)[0];
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
  const page = await browser.newPage({ viewport, colorScheme: 'dark', reducedMotion: 'reduce' });
  for (const { name, path, drawn } of pages) {
    await page.goto(url + path(encodeURIComponent(best.id)));
    await page.locator(drawn).first().waitFor();
    await page.waitForTimeout(settleMs);
    const { size } = await sharp(await page.screenshot())
      .webp({ quality: 68 })
      .toFile(join(folder, `${name}.webp`));
    if (size > mostBytes) throw new Error(`${name}.webp has ${size} bytes, over ${mostBytes}`);
    console.log(`  ${name}.webp, ${Math.round(size / 1000)} kB`);
  }
  await browser.close();
}
