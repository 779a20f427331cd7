import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';

/** WebGL on the processor: drawn without a graphics card, to the last pixel. */
const softwareWebGl = ['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'];

/** Debian's Chromium without a window; `CHROMIUM` names another one. */
export async function startBrowser({ webGl = false } = {}): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', ...(webGl ? softwareWebGl : [])],
  });
}

/** After a failed test: what the page looked like, in a folder that stays. */
export async function keepScreenshot(page: Page, test: Mocha.Test | undefined): Promise<void> {
  if (test?.state !== 'failed') return;
  const path = join(mkdtempSync(join(tmpdir(), 'colouriser-screenshot-')), 'page.png');
  await page.screenshot({ path, timeout: 10_000 });
  console.error(`what the page showed: ${path}`);
}

/** A page that keeps what the browser complains about. */
export async function openPage(
  browser: Browser,
  viewport = { width: 1600, height: 960 },
): Promise<{ readonly page: Page; readonly complaints: string[] }> {
  const page = await browser.newPage({ viewport });
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  return { page, complaints };
}

/**
 * Waits for the effects of what is on the page. They run after the next picture: until then the page hears no keys and
 * has not moved the focus, although everything can be seen.
 */
export async function settled(page: Page): Promise<void> {
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => setTimeout(done)))');
}

/** The id of the row that has the focus. Code for the browser is text here: this program knows no DOM. */
export async function focusedRow(page: Page): Promise<string | undefined> {
  return page.evaluate<string | undefined>('document.activeElement?.closest("tr")?.dataset.id');
}
