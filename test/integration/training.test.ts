import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import type { OpenTools } from '../../src/compose/tools.js';
import { foldOf, type FoldRow, heldOutPatients } from '../../src/evaluation/folds.js';
import { areaMean } from '../../src/imaging/area-mean.js';
import { modelInput } from '../../src/imaging/model-input.js';
import { openRegistry, parseManifest } from '../../src/models/registry.js';
import { verifyWeights } from '../../src/models/weights.js';
import { makeChestPhantom } from '../../src/phantom/chest-phantom.js';
import type { GreyImage } from '../../src/ports/colouring.js';
import { openTools } from '../support/coloured-study.js';
import { jsonIn, pictureCollection } from '../support/picture-collection.js';
import { temporaryFolder } from '../support/process.js';

const python = '/usr/bin/python3';
const run = promisify(execFile);

/** One step of `python3 -m training`, on a few films, with one thread. */
async function step(...words: readonly string[]): Promise<string> {
  const { stdout } = await run(
    python,
    ['-W', 'ignore', '-m', 'training', ...words, '--smoke', '--threads', '1'],
    { cwd: 'models' },
  );
  return stdout;
}

describe('models/training', function () {
  this.timeout(600_000);
  let tools: OpenTools;
  before(async () => {
    tools = await openTools();
  });
  after(() => tools.close());

  it('goes from pictures to models that the product takes, one command a step, the same way each time', async () => {
    const data = await pictureCollection();
    const work = temporaryFolder();
    const at = ['--data', data, '--work', work];
    assert.match(await step('prepare', ...at), /no patient stands in two folds/);
    await step('pretrain', '--model', 'unet-resnet18', ...at);
    const start = ['--start', join(work, 'pretrained-unet-resnet18.pt')];
    const first = await step('train', 'evidence', ...start, ...at);
    assert.match(first, /step 2 of 2: loss \d/);
    assert.equal(await step('train', 'evidence', ...start, ...at), first);
    await step('train', 'paper', '--model', 'autoencoder', ...at);
    const { autoencoder } = jsonIn(join(work, 'paper.json')) as Record<string, { test: number }[]>;
    assert.ok((autoencoder?.[1]?.test ?? 1) < (autoencoder?.[0]?.test ?? 0));
    await step('calibrate', ...at);
    await step('export', ...at);
    await step('export', '--model', 'autoencoder', ...at);

    const exact = join(work, 'models/evidence/model.onnx');
    const student = ['--data', data, '--work', join(work, 'student')];
    await step('restore', '--model', 'evidence', '--from', exact, ...student);
    const teachers = [work, join(work, 'student')].map((folder) => join(folder, 'evidence.pt'));
    assert.match(
      await step('distil', '--teachers', ...teachers, ...student),
      /step 2 of 2: loss \d/,
    );

    const rounded = ['--version', '0.0.1', '--data', data, '--work', join(work, 'rounded')];
    assert.match(
      await step('quantise', '--from', exact, '--share', '0.7', ...rounded),
      /^u4\.a\.0: \d+ of 160$/m,
    );

    const { models } = await openRegistry(join(work, 'models'));
    assert.deepEqual(
      models.map(({ manifest }) => manifest.name),
      ['autoencoder', 'evidence'],
    );
    const inEightBits = (await openRegistry(join(work, 'rounded/models'))).get('evidence@0.0.1');
    for (const model of [...models, inEightBits]) {
      await verifyWeights(model);
      await tools.networks.warm(model);
    }
  });

  it('divides patients as the evaluation does', async () => {
    const folder = '../shared/data/cxr';
    const data = await pictureCollection();
    const program =
      'import json, sys; from training.data import read_index; ' +
      'print(json.dumps([[f.file, f.collection, f.split, f.label, f.patient, f.boxed, f.fold] for f in read_index(sys.argv[1])]))';
    for (const each of [data, folder]) {
      const path = join(process.cwd(), each === data ? '' : each);
      const found = await run(python, ['-c', program, each === data ? data : path], {
        cwd: 'models',
        maxBuffer: 1e8,
      }).catch((fault: unknown) => (each === data ? Promise.reject(fault as Error) : undefined));
      if (found === undefined) continue;
      const films = JSON.parse(found.stdout) as [
        string,
        string,
        string,
        string,
        string,
        boolean,
        string,
      ][];
      const rows: FoldRow[] = films.map(([, set, split, label, patient]) => ({
        set,
        split,
        label,
        patient,
      }));
      const held = heldOutPatients(rows);
      films.forEach(([file, , , , , boxed, fold], index) => {
        const row = rows[index];
        assert.ok(row);
        assert.equal(foldOf(row, held, boxed), fold, file);
      });
    }
  });

  for (const name of ['evidence', 'autoencoder']) {
    it(`${name}: Python and TypeScript make the same tensor within 1e-5 and, activations not rounded, the same output within 1e-4`, async () => {
      const image = grey();
      const folder = temporaryFolder();
      const picture = join(folder, 'film.png');
      const raw = { width: image.Columns, height: image.Rows, channels: 1 } as const;
      writeFileSync(picture, await sharp(Buffer.from(image.grey), { raw }).png().toBuffer());
      await run(python, ['test/support/parity.py', join('models', name), name, picture, folder]);
      const theirs = (tensor: string) => {
        const bytes = readFileSync(join(folder, `${tensor}.f32`));
        return new Float32Array(
          bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
        );
      };

      const model = (await openRegistry('models')).get(name);
      // The shipped network rounds its activations, the training code does not.
      const manifestFile = join(folder, 'manifest.json');
      writeFileSync(manifestFile, JSON.stringify(model.manifest));
      await run('node', ['scripts/manifest-golden.mjs', folder]);
      const manifest = parseManifest(manifestFile, readFileSync(manifestFile, 'utf8'));
      const precise = { manifest, folder, weightsFile: join(folder, 'model.onnx') };
      const { rows, columns, preprocessing } = model.manifest.input;
      const thumbnail = areaMean(image, rows, columns);
      near(modelInput(thumbnail, preprocessing), theirs('luminance'), 1e-5);
      const ours = await tools.networks.infer(precise, thumbnail);
      if (ours.kind === 'ab') {
        near(ours.ab, theirs('ab'), 1e-4);
        return;
      }
      assert.ok(ours.lungs && ours.probability !== undefined);
      near(ours.evidence, theirs('evidence'), 1e-4);
      near(ours.lungs, theirs('lung'), 1e-4);
      near(Float32Array.of(ours.probability), theirs('probability'), 1e-4);
      assert.ok(
        Math.max(...ours.evidence) > 0.1,
        'the phantom takes no colour, so little was compared',
      );
      const shipped = await tools.networks.infer(model, thumbnail);
      assert.ok(shipped.kind === 'evidence' && shipped.lungs);
      near(shipped.evidence, ours.evidence, 0.1);
      near(shipped.lungs, ours.lungs, 0.1);
    });
  }
});

/** A phantom of awkward size with an opacity. */
function grey(): GreyImage {
  const { Rows, Columns, samples, windowCenter, windowWidth } = makeChestPhantom({
    seed: 22,
    Columns: 501,
    Rows: 607,
    opacity: 'right-lower',
  });
  const codes = Uint8Array.from(samples, (value) =>
    Math.min(255, Math.max(0, Math.round(255 * ((value - windowCenter) / windowWidth + 0.5)))),
  );
  return { Rows, Columns, grey: codes };
}

function near(ours: Float32Array, theirs: Float32Array, tolerance: number): void {
  assert.equal(ours.length, theirs.length);
  const worst = ours.reduce(
    (most, value, at) => Math.max(most, Math.abs(value - (theirs[at] ?? NaN))),
    0,
  );
  assert.ok(worst <= tolerance, `off by ${worst}`);
}
