import assert from 'node:assert/strict';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StoredEvaluation } from '../../src/evaluation/evaluation-file.js';
import { type EvaluateOptions, runEvaluation } from '../../src/evaluation/main.js';
import { phantomFile } from '../support/coloured-study.js';
import { jsonIn, pictureCollection } from '../support/picture-collection.js';
import { startChild, temporaryFolder } from '../support/process.js';

const silent = { result: () => undefined, remark: () => undefined };
const evaluated = (options: EvaluateOptions) => runEvaluation(options, silent);

/** A folder of models with one model, whose evaluation may be written. */
function copied(model: string): string {
  const folder = temporaryFolder();
  const filter = (file: string) => !file.endsWith('evaluation.json');
  cpSync(join('models', model), join(folder, model), { recursive: true, filter });
  return folder;
}

describe('npm run evaluate', function () {
  this.timeout(300_000);
  let data = '';
  before(async () => {
    data = await pictureCollection();
  });

  it('writes every figure of the table beside the model, the same ones each time, and a page', async () => {
    const modelsFolder = copied('evidence');
    const report = temporaryFolder();
    const file = join(modelsFolder, 'evidence', 'evaluation.json');
    const run = (output: string) =>
      evaluated({ models: ['evidence'], data, json: true, modelsFolder, report, output });
    const second = join(report, 'second.json');
    assert.equal(await run(file), 0);
    const found = jsonIn(file) as StoredEvaluation;
    const properties = new Set(found.rows.map(({ property }) => property));
    for (const property of [
      'luminance',
      'identity',
      'neutrality',
      'detectability',
      'leakage',
      'localisation',
      'calibration',
      'invariance',
      'stability',
      'smoothness',
      'sanity',
    ]) {
      assert.ok(properties.has(property), property);
    }
    const value = (metric: string) => found.rows.find((row) => row.metric === metric)?.value;
    assert.ok(Number(value('max |ΔL*|')) <= 0.05);
    assert.equal(value('grey codes that survive'), 1);
    assert.equal(value('R = G = B = grey where evidence is 0'), 1);
    assert.equal(value('MONOCHROME1 twins with identical bytes'), 1);
    assert.deepEqual(
      found.baselines.map(({ name }) => name),
      [
        'grey',
        'jet',
        'hot',
        'viridis',
        'blurred thumbnail',
        'blurred thumbnail',
        'mean-box prior',
        'evidence before its gate',
        'classifier map × lungs',
      ],
    );
    const page = readFileSync(join(report, 'evidence.html'), 'utf8');
    assert.match(page, /not for diagnosis/);
    assert.match(page, /Boxes: where the colour falls best/);
    assert.match(page, /Share of films with pneumonia against the probability/);

    assert.equal(await run(second), 0);
    const undated = (path: string) =>
      readFileSync(path, 'utf8').replace(/"evaluatedAt": "[^"]*"/, '');
    assert.equal(undated(second), undated(file));
  });

  it('measures what needs no label on DICOM files, and writes nothing beside the model', async () => {
    const modelsFolder = copied('evidence');
    const folder = temporaryFolder();
    const film = phantomFile({ seed: 2, opacity: 'right-lower', Columns: 250, Rows: 300 }, 1);
    mkdirSync(join(folder, 'below'));
    writeFileSync(join(folder, 'below', 'film.dcm'), film);
    const output = join(folder, 'figures.json');
    const options = { models: ['evidence'], data: folder, json: true, modelsFolder };
    assert.equal(await evaluated({ ...options, output }), 0);
    const { films, rows } = jsonIn(output) as StoredEvaluation;
    assert.deepEqual(films, { DICOM: { unlabelled: 1 } });
    assert.ok(rows.some(({ property }) => property === 'invariance'));
    assert.ok(!rows.some(({ property }) => property === 'detectability'));
    assert.ok(!existsSync(join(modelsFolder, 'evidence', 'evaluation.json')));
  });

  it('names what is wrong: a folder that is not there, a model that is not installed', async () => {
    const options = { json: true, modelsFolder: copied('autoencoder') };
    assert.equal(await evaluated({ ...options, models: [], data: 'nowhere' }), 2);
    assert.equal(await evaluated({ ...options, models: ['evidence'], data }), 5);
  });

  it('explains itself and refuses what it does not know, before it installs or builds anything', async () => {
    const ended = async (...args: readonly string[]) => {
      const child = startChild(process.execPath, ['scripts/evaluate.mjs', ...args]);
      let text = '';
      child.stdout?.on('data', (part: Buffer) => (text += part.toString()));
      child.stderr?.on('data', (part: Buffer) => (text += part.toString()));
      await once(child, 'close');
      return { code: child.exitCode, text };
    };
    const help = await ended('--help');
    assert.equal(help.code, 0);
    assert.match(help.text, /--report FOLDER/);
    assert.equal((await ended()).code, 2);
    assert.equal((await ended('--data', 'x', '--limit', '0')).code, 2);
    assert.equal((await ended('--dat', 'x')).code, 2);
  });
});
