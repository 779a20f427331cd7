import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openColourTools, type OpenTools } from '../../src/compose/tools.js';
import { loadSettings } from '../../src/config/load-settings.js';
import { readInstance } from '../../src/dicom/read-instance.js';
import { type DicomDataset, itemsOf, textOf } from '../../src/domain/dicom-json.js';
import { Tag } from '../../src/domain/tags.js';
import { phantomFile } from '../support/coloured-study.js';
import { runCommand } from '../support/command.js';
import { temporaryFolder } from '../support/process.js';
import { ServiceProcess } from '../support/service.js';

const film = { Columns: 250, Rows: 300 };

describe('a batch', function () {
  this.timeout(120_000);
  let alone: OpenTools;
  let inPairs: OpenTools;

  before(async () => {
    alone = await openColourTools(loadSettings(undefined, {}), { concurrency: 1 });
    const pairs = {
      COLOURISER_INFERENCE_BATCH: '2',
      COLOURISER_INFERENCE_BATCH_WAIT_MS: '1000',
      COLOURISER_INFERENCE_SESSIONS: '1',
    };
    inPairs = await openColourTools(loadSettings(undefined, pairs), { concurrency: 2 });
  });
  after(() => Promise.all([alone.close(), inPairs.close()]));

  async function thumbnails(count: number): Promise<readonly Float32Array[]> {
    const seen: Float32Array[] = [];
    for (let seed = 1; seed <= count; seed++) {
      const file = phantomFile({ ...film, seed }, seed);
      const picture = await alone.pictures.read(file, {
        thumbnails: [{ rows: 256, columns: 256 }],
        window: 1,
      });
      assert.ok('thumbnails' in picture);
      seen.push(...picture.thumbnails);
    }
    return seen;
  }

  it('of two, or of one and padding, gives every model the same answers, bit for bit', async () => {
    const pictures = await thumbnails(2);
    for (const model of alone.registry.models) {
      const expected = [];
      for (const each of pictures) expected.push(await alone.networks.infer(model, each));
      const before = inPairs.networks.stats().fill;
      for (const count of [2, 1]) {
        const some = pictures.slice(0, count);
        const answers = await Promise.all(some.map((each) => inPairs.networks.infer(model, each)));
        assert.deepEqual(answers, expected.slice(0, count), model.manifest.name);
      }
      const { fill } = inPairs.networks.stats();
      assert.deepEqual(
        fill.map((batches, at) => batches - (before[at] ?? 0)),
        [1, 1],
      );
    }
  });

  it('leaves a picture that does not fit to fail alone', async () => {
    const [one, other] = await thumbnails(2);
    assert.ok(one && other);
    const model = alone.registry.get('evidence');
    const answers = await Promise.allSettled(
      [one, new Float32Array(9), other].map((each) => inPairs.networks.infer(model, each)),
    );
    assert.deepEqual(
      answers.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    assert.equal(inPairs.networks.stats().splitBatches, 1);
  });
});

/** No machine has so many GPUs: CUDA cannot work, whatever is installed. */
const noSuchGpu = { COLOURISER_INFERENCE_PROVIDER: 'cuda', COLOURISER_INFERENCE_DEVICE: '63' };

describe('a provider that cannot work', function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  const [input, output] = [join(folder, 'in.dcm'), join(folder, 'out.dcm')];
  const colourise = (more: NodeJS.ProcessEnv) =>
    runCommand(['colourise', input, '-o', output, '--json'], { ...process.env, ...more });

  before(() => {
    writeFileSync(input, phantomFile({ seed: 3, Columns: 500, Rows: 600 }, 3));
  });

  it('ends the command with 5 and colours nothing', async () => {
    const { exitCode, json } = await colourise(noSuchGpu);
    assert.equal(exitCode, 5);
    assert.equal((json as { code: string }).code, 'PROVIDER_UNAVAILABLE');
    assert.throws(() => readFileSync(output), /ENOENT/);
  });

  it('gives way to the CPU only where that is allowed: one warning, and the object says so', async () => {
    const allowed = { ...noSuchGpu, COLOURISER_INFERENCE_ALLOW_FALLBACK: 'true' };
    const { exitCode, stderr } = await colourise(allowed);
    assert.equal(exitCode, 0, stderr);
    const warnings = stderr.split('\n').filter((line) => line !== '');
    assert.equal(warnings.length, 1);
    assert.match(
      warnings[0] ?? '',
      /"code":"PROVIDER_UNAVAILABLE".*inference runs on cpu instead: /,
    );
    const { attributes } = readInstance(readFileSync(output));
    assert.match(
      textOf(attributes, Tag.DerivationDescription) ?? '',
      /onnxruntime-node \S+ on cpu .*instead of cuda, which could not work\./,
    );
    const ours = itemsOf(attributes, Tag.ContributingEquipmentSequence).at(-1) as DicomDataset;
    assert.match(textOf(ours, Tag.ContributionDescription) ?? '', /instead of cuda/);
  });

  it('is told by the status of the service, which is degraded by it', async () => {
    const service = await ServiceProcess.start('http://127.0.0.1:1', {
      env: { ...noSuchGpu, COLOURISER_INFERENCE_ALLOW_FALLBACK: 'true' },
    });
    try {
      const { provider, inference, reasons } = await service.status();
      assert.equal(provider, 'cpu');
      assert.equal(inference?.fallback?.from, 'cuda');
      assert.ok(
        reasons.some((reason) => reason.startsWith('inference runs on cpu instead of cuda')),
      );
      const warned = service.lines().filter(({ code }) => code === 'PROVIDER_UNAVAILABLE');
      assert.equal(warned.length, 1);
    } finally {
      await service.kill();
    }
  });

  it('is refused when it is too slow', async () => {
    const env = { ...process.env, COLOURISER_INFERENCE_MAX_RUN_MS: '1' };
    const { exitCode, json } = await runCommand(['models', 'verify', '--json'], env);
    assert.equal(exitCode, 5);
    for (const row of (json as { models: Record<string, unknown>[] }).models) {
      assert.equal(row['code'], 'PROVIDER_UNAVAILABLE');
      assert.match(String(row['reason']), /takes \d+ ms for 1 pictures on cpu, more than 1 ms/);
    }
  });
});
