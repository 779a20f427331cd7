/**
 * A private Orthanc, the service beside it and pictures to look at: `npm run demo`.
 * Plain Node: it installs and builds what the rest of the demo (src/demo/) is made of.
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import {
  build,
  checkNode,
  giveUp,
  installNpmPackages,
  installSystemPackages,
  packages,
} from './prepare.mjs';

const help = `Usage: npm run demo [-- [options] [DICOM files or folders]]

Starts a private Orthanc with the plugin on free ports of this machine, and the colouriser beside
it; sends four made-up chest radiographs, or the files that are named; waits for their colour
series; writes before/after pictures; and stays until Ctrl-C, so that you can look around.

Options:
  --once           end when all pictures are done; exit code 1 if one failed
  --output FOLDER  where the pictures go (default: demo-output)
  --small          send phantoms of 1000 x 1200 pixels instead of 2500 x 3000
  --container      run Orthanc from a container image, also where its packages could be installed
  --help           show this

Exit codes: 0 done, 1 a picture or the demo itself failed, 2 usage, 130 ended by Ctrl-C before all was done.`;

const { values, positionals } = readArguments();
if (values.help) {
  console.log(help);
  process.exit(0);
}
checkNode();
installNpmPackages();
const orthanc = chooseOrthanc();
build();
const { runDemo } = await import('../dist/src/demo/main.js');
process.exitCode = await runDemo({
  orthanc,
  once: values.once,
  small: values.small,
  output: values.output,
  paths: positionals,
});

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        once: { type: 'boolean', default: false },
        small: { type: 'boolean', default: false },
        container: { type: 'boolean', default: false },
        output: { type: 'string', default: 'demo-output' },
        help: { type: 'boolean', default: false, short: 'h' },
      },
    });
  } catch (error) {
    console.error(`✗ ${error.message}\n  npm run demo -- --help shows what there is.`);
    process.exit(2);
  }
}

function chooseOrthanc() {
  if (!values.container && installSystemPackages(packages.demo)) return 'packages';
  if (spawnSync('docker', ['version'], { stdio: 'ignore' }).status === 0) return 'container';
  giveUp(
    values.container
      ? 'no Docker that answers: install it, start it, and see that `docker version` works for you.'
      : 'Orthanc is missing, and here is neither Debian or Ubuntu nor Docker: install one of them.',
  );
}
