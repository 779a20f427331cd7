/** The plug-pulling test in its long form: `npm run test:chaos -- --help`. */
import { spawn } from 'node:child_process';
import {
  build,
  checkNode,
  giveUp,
  installNpmPackages,
  installSystemPackages,
  packages,
  root,
} from './prepare.mjs';

checkNode();
installNpmPackages();
if (!installSystemPackages(packages.test)) {
  giveUp('the test needs Debian or Ubuntu: it runs against real servers from its packages.');
}
build();
const child = spawn(process.execPath, ['dist/test/chaos/main.js', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
// Ctrl-C reaches the child as well, which ends what it started.
process.on('SIGINT', () => undefined);
child.once('exit', (code) => process.exit(code ?? 1));
