/**
 * Runs suites in order and ends by itself: a socket, a timer or a child that a test left behind is a failure.
 *   node dist/test/run.js unit contract integration e2e
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Mocha from 'mocha';

const here = fileURLToPath(new URL('.', import.meta.url));
const suites = process.argv.slice(2);
/** What may take so long to end once all tests are over. */
const lingerMs = 10_000;

const mocha = new Mocha({
  timeout: 60_000,
  reporter: 'spec',
  // A neighbour on the machine may make a wait too short once; what fails twice is broken. Each is named below.
  retries: 1,
  forbidOnly: process.env['CI'] === 'true',
});
for (const suite of suites) {
  const files = readdirSync(join(here, suite), { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((name) => name.endsWith('.test.js')).sort()) {
    mocha.addFile(join(here, suite, file));
  }
}
await mocha.loadFilesAsync();
const retried: string[] = [];
const runner = mocha.run((failures) => {
  for (const line of retried) console.log(`passed or failed at the second try: ${line}`);
  const { passes = 0, pending = 0 } = runner.stats ?? {};
  console.log(`${passes} passed, ${failures} failed${pending > 0 ? `, ${pending} skipped` : ''}`);
  process.exitCode = failures > 0 || passes === 0 ? 1 : 0;
  setTimeout(() => {
    console.error(`still open after the tests: ${process.getActiveResourcesInfo().join(', ')}`);
    process.exit(1);
  }, lingerMs).unref();
});
runner.on('retry', (test: Mocha.Test, fault: Error) => {
  retried.push(`${test.fullTitle()}: ${fault.message}`);
});
