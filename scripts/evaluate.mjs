/**
 * Measures models on radiographs: `npm run evaluate`.
 * Plain Node: it installs and builds what the rest of the evaluation (src/evaluation/) is made of.
 */
import { parseArgs } from 'node:util';
import { build, checkNode, installNpmPackages } from './prepare.mjs';

const help = `Usage: npm run evaluate -- --data FOLDER [--model NAME[,NAME…]] [options]

Runs radiographs through the product's own path, prints every figure of the table by which models
are judged, with 95 % intervals from a seeded bootstrap over patients, and compares with baselines:
grey, jet, hot, viridis, the other installed models, a blurred thumbnail, the mean box and the
classifier's map. Where the whole collection has labels and boxes, the figures are written to
evaluation.json beside the model.

FOLDER holds either index.csv, boxes.csv, lungmask112_packed.npz and tars of grey pictures
(models/training/README.md says how to get them), or DICOM files and perhaps labels.csv
(file,label,patient; label is pneumonia or normal).

Options:
  --data FOLDER      radiographs
  --model NAMES      installed models, separated by commas (default: all)
  --limit N          films of each group and label (default: all); nothing is written beside the model
  --report FOLDER    also a page with best, worst and random cases; it holds pictures of the films
  --output FILE      where the figures go (default: see above)
  --models FOLDER    folder of models (default: that of the settings)
  --json             print the figures as one JSON document
  --help             show this

Ctrl-C ends it; nothing is written then.
Exit codes: 0 done, 2 usage, 4 a film was refused, 5 a model failed, 130 ended by Ctrl-C.`;

const values = readArguments();
if (values.help) {
  console.log(help);
  process.exit(0);
}
if (values.data === undefined) refuse('--data is missing');
if (values.limit !== undefined && !/^[1-9]\d{0,5}$/.test(values.limit)) {
  refuse('--limit is a whole number above 0');
}
checkNode();
installNpmPackages();
build();
const { runEvaluation } = await import('../dist/src/evaluation/main.js');
process.exitCode = await runEvaluation({
  models: values.model?.split(',') ?? [],
  data: values.data,
  json: values.json,
  ...(values.limit ? { limit: Number(values.limit) } : {}),
  ...(values.report ? { report: values.report } : {}),
  ...(values.output ? { output: values.output } : {}),
  ...(values.models ? { modelsFolder: values.models } : {}),
});

function readArguments() {
  try {
    return parseArgs({
      options: {
        data: { type: 'string' },
        model: { type: 'string' },
        limit: { type: 'string' },
        report: { type: 'string' },
        output: { type: 'string' },
        models: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false, short: 'h' },
      },
    }).values;
  } catch (error) {
    refuse(error.message);
  }
}

function refuse(message) {
  console.error(`✗ ${message}\n  npm run evaluate -- --help shows what there is.`);
  process.exit(2);
}
