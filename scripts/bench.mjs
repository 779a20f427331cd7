/**
 * The benchmark: `npm run bench`. Plain Node: it installs and builds what the rest (bench/) is made of.
 */
import { parseArgs } from 'node:util';
import {
  build,
  checkNode,
  giveUp,
  installNpmPackages,
  installSystemPackages,
  packages,
} from './prepare.mjs';

const help = `Usage: npm run bench [-- [options]]

Starts two Orthancs on free ports of this machine and measures, in turns and image by image: the floor
(changes, WADO-RS and STOW-RS of the same bytes, without any work), the service from event to colour
series, and two Python scripts that do the same with OpenCV and with scikit-image. Then bursts, other
sizes, memory over many images, and the work on pixels on one thread. Phantoms only. Up to 12 minutes.

Options:
  --quick           a few images of each, in about two minutes; writes nothing
  --check           holds the ratios of single images, bursts and memory against the committed ones, generously,
                    in about two minutes and without scikit-image; what is much worse is measured once more
  --profile FOLDER  also writes a CPU profile of each thread and a trace of the stages (Chrome, Perfetto)
  --json            print the figures as JSON instead of the table
  --help            show this

A whole run writes bench/results/latest.json and latest.md.
Exit codes: 0 done, 1 the benchmark failed or --check found a ratio much worse than the committed one,
2 usage, 130 ended by Ctrl-C.`;

const values = readArguments();
if (values.help) {
  console.log(help);
  process.exit(0);
}
checkNode();
installNpmPackages();
const { quick, check, json, profile } = values;
if (!installSystemPackages(check ? packages.benchCheck : packages.bench)) {
  giveUp('the benchmark needs Debian or Ubuntu: Orthanc and the peers come from its packages.');
}
build();
const { runBench } = await import('../dist/bench/main.js');
process.exit(
  await runBench({ quick, check, json, ...(profile ? { profile } : {}) }).catch((error) =>
    giveUp(error.message),
  ),
);

function readArguments() {
  try {
    return parseArgs({
      options: {
        quick: { type: 'boolean', default: false },
        check: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        profile: { type: 'string' },
        help: { type: 'boolean', default: false, short: 'h' },
      },
    }).values;
  } catch (error) {
    console.error(`✗ ${error.message}\n  npm run bench -- --help shows what there is.`);
    process.exit(2);
  }
}
