/**
 * The whole check, as a newcomer runs it: `npm test`. Names of suites narrow it: `npm test -- unit contract`.
 * A missing server is installed or is a failure; nothing is skipped.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  build,
  checkNode,
  giveUp,
  installNpmPackages,
  installSystemPackages,
  packages,
  root,
} from './prepare.mjs';

const suites = ['unit', 'contract', 'integration', 'e2e'];
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !suites.includes(name));
if (unknown.length > 0)
  giveUp(`unknown suite ${unknown.join(', ')}: choose from ${suites.join(', ')}.`);

checkNode();
installNpmPackages();
if (!installSystemPackages(packages.test)) {
  giveUp('the tests need Debian or Ubuntu: they run against real servers from its packages.');
}
build();
if (!existsSync(`${root}../shared/data`)) {
  console.log('• no sample radiographs in ../shared/data: phantoms and made-up files serve');
}
if (wanted.length === 0) {
  console.log('• checking style');
  for (const args of [
    ['eslint', '.'],
    ['prettier', '--check', '--log-level=warn', '.'],
    ['tsc', '-p', 'src/console'],
  ]) {
    const { status } = spawnSync('npx', ['--no-install', ...args], { cwd: root, stdio: 'inherit' });
    if (status !== 0)
      giveUp(`${args[0]} found faults: see above; 'npm run format' mends formatting.`);
  }
}
const { status } = spawnSync(
  process.execPath,
  ['dist/test/run.js', ...(wanted.length > 0 ? wanted : suites)],
  { cwd: root, stdio: 'inherit' },
);
process.exit(status ?? 1);
