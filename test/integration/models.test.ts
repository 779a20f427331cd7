import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import type { OpenTools } from '../../src/compose/tools.js';
import { readInstance } from '../../src/dicom/read-instance.js';
import { textOf } from '../../src/domain/dicom-json.js';
import { Tag } from '../../src/domain/tags.js';
import { bannerRows } from '../../src/imaging/banner.js';
import {
  type ColouredStudy,
  colouredStudy,
  openTools,
  phantomFile,
  smallFilm,
} from '../support/coloured-study.js';
import { PrivateOrthanc } from '../support/orthanc.js';
import { temporaryFolder } from '../support/process.js';
import { dciodvfy } from '../support/toolkits.js';

const models = ['autoencoder', 'evidence', 'unet-resnet18', 'unet-resnet34'] as const;

/** What dciodvfy calls an error; it is older than SyntheticData. */
function errorsIn(file: string): readonly string[] {
  return dciodvfy(file).filter(
    (line) => line.startsWith('Error') && !line.includes('</(0008,001c)>'),
  );
}

describe('every installed model', function () {
  this.timeout(120_000);
  const source = phantomFile({ seed: 6, opacity: 'right-lower' }, 1);
  let tools: OpenTools;
  let orthanc: PrivateOrthanc;

  before(async () => {
    tools = await openTools();
    orthanc = await PrivateOrthanc.start();
    await orthanc.upload(source);
  });
  after(async () => {
    await orthanc.kill();
    await tools.close();
  });

  it('is one of the four that are tested here', () => {
    assert.deepEqual(
      tools.registry.models.map(({ manifest }) => manifest.name),
      models,
    );
  });

  for (const model of models) {
    it(`${model}: colours without moving lightness, in an object that Orthanc and dciodvfy take`, async () => {
      const study = await colouredStudy(source, tools, { model });
      assert.ok((await worstLightness(study)) <= 0.05);
      assert.ok((await colouredShare(study)) > 0.01);

      assert.deepEqual(errorsIn(study.file), []);

      const id = await orthanc.upload(study.colour);
      const preview = await fetch(`${orthanc.url}/instances/${id}/preview`);
      const drawn = await sharp(Buffer.from(await preview.arrayBuffer()))
        .raw()
        .toBuffer();
      assert.ok(drawn.equals(await sharp(study.colourPng).raw().toBuffer()));
    });
  }

  it('burns a banner into the lower edge alone, and the object says so', async () => {
    const [plain, bannered] = [
      await colouredStudy(source, tools),
      await colouredStudy(source, tools, { banner: true }),
    ];
    const { Rows, Columns } = smallFilm;
    const kept = 3 * Columns * (Rows - bannerRows(Rows, Columns));
    const [without, beneath] = [
      await sharp(plain.colourPng).raw().toBuffer(),
      await sharp(bannered.colourPng).raw().toBuffer(),
    ];
    assert.ok(without.subarray(0, kept).equals(beneath.subarray(0, kept)));
    assert.ok(!without.subarray(kept).equals(beneath.subarray(kept)));
    const { attributes } = readInstance(bannered.colour);
    assert.match(
      textOf(attributes, Tag.DerivationDescription) ?? '',
      /Burned in: legend and banner\. Outside them/,
    );
    assert.deepEqual(errorsIn(bannered.file), []);
  });

  it('draws contour lines over a small part of the picture, and the object names their levels', async () => {
    const [plain, lined] = [
      await colouredStudy(source, tools),
      await colouredStudy(source, tools, { contours: true }),
    ];
    const [without, beneath] = [
      await sharp(plain.colourPng).raw().toBuffer(),
      await sharp(lined.colourPng).raw().toBuffer(),
    ];
    const { Rows, Columns } = smallFilm;
    const changed = without.filter((value, at) => value !== beneath[at]).length / 3;
    assert.ok(changed > 500 && changed < 0.03 * Rows * Columns, `${changed} pixels`);
    const { attributes } = readInstance(lined.colour);
    assert.match(
      textOf(attributes, Tag.DerivationDescription) ?? '',
      /contour lines at evidence 0\.25, 0\.5, 0\.75\. Outside them/,
    );
    assert.deepEqual(errorsIn(lined.file), []);
  });
});

/** The largest |ΔL*| between the displayed grey and its colour, as libvips computes L*. */
async function worstLightness({ greyPng, colourPng }: ColouredStudy): Promise<number> {
  const [grey, colour] = [await labOf(greyPng), await labOf(colourPng)];
  let worst = 0;
  for (let at = 0; at < colour.length; at += 3) {
    worst = Math.max(worst, Math.abs(colour[at]! - grey[at]!));
  }
  return worst;
}

/** Share of the pixels with C* above 2. */
async function colouredShare({ colourPng }: ColouredStudy): Promise<number> {
  const lab = await labOf(colourPng);
  let coloured = 0;
  for (let at = 0; at < lab.length; at += 3) {
    if (Math.hypot(lab[at + 1]!, lab[at + 2]!) > 2) coloured++;
  }
  return coloured / (lab.length / 3);
}

async function labOf(png: Buffer): Promise<Float32Array> {
  const raw = await sharp(png)
    .toColourspace('srgb')
    .toColourspace('lab')
    .raw({ depth: 'float' })
    .toBuffer();
  return new Float32Array(raw.buffer, raw.byteOffset, raw.length / 4);
}

interface Ended {
  readonly code: number;
  readonly json: unknown;
}

/** `bin/colouriser … --json` over a folder of models. */
async function colouriser(folder: string, ...args: readonly string[]): Promise<Ended> {
  const env = { ...process.env, COLOURISER_MODELS_FOLDER: folder };
  const { code, stdout } = await promisify(execFile)('bin/colouriser', [...args, '--json'], {
    env,
    timeout: 90_000,
  }).then(
    ({ stdout: out }) => ({ code: 0, stdout: out }),
    (thrown: unknown) => thrown as { code: number; stdout: string },
  );
  return { code, json: JSON.parse(stdout) as unknown };
}

/** A folder with one model that may be spoilt. */
function copied(model: string): { readonly folder: string; readonly at: (file: string) => string } {
  const folder = temporaryFolder();
  cpSync(join('models', model), join(folder, model), { recursive: true });
  return { folder, at: (file) => join(folder, model, file) };
}

describe('a spoilt model', function () {
  this.timeout(120_000);

  it('is found by `models verify`, which ends with 5; the models as shipped end with 0', async () => {
    const { folder, at } = copied('evidence');
    const sound = await colouriser('models', 'models', 'verify');
    assert.equal(sound.code, 0);
    const { models: rows } = sound.json as { models: { name: string; ok: boolean }[] };
    assert.deepEqual(
      rows.map(({ name, ok }) => [name, ok]),
      models.map((name) => [name, true]),
    );

    tamper(at('model.onnx'));
    const spoilt = await colouriser(folder, 'models', 'verify');
    assert.equal(spoilt.code, 5);
    const [row] = (spoilt.json as { models: Record<string, unknown>[] }).models;
    assert.equal(row?.['ok'], false);
    assert.equal(row['code'], 'MODEL_INVALID');
    assert.match(String(row['reason']), /model\.onnx has SHA-256 \w+…, its manifest says \w+…/);
  });

  it('colours nothing: one flipped bit in its weights is refused', async () => {
    const { folder, at } = copied('evidence');
    tamper(at('model.onnx'));
    const output = join(folder, 'out.dcm');
    const input = join(folder, 'in.dcm');
    writeFileSync(input, phantomFile({ seed: 1, Columns: 250, Rows: 300 }, 1));
    const { code, json } = await colouriser(folder, 'colourise', input, '-o', output);
    assert.equal(code, 5);
    assert.deepEqual(pick(json, 'outcome', 'code'), { outcome: 'failed', code: 'MODEL_INVALID' });
    assert.throws(() => readFileSync(output), /ENOENT/);
  });

  it('is refused with the key and what was expected when its manifest is broken', async () => {
    const { folder, at } = copied('autoencoder');
    const manifest = JSON.parse(readFileSync(at('manifest.json'), 'utf8')) as object;
    const write = (change: object) => {
      writeFileSync(at('manifest.json'), JSON.stringify({ ...manifest, ...change }));
    };
    write({ version: 'newest', photographic: 'yes', colour: true });
    const { code, json } = await colouriser(folder, 'models');
    assert.equal(code, 5);
    const { code: fault, reason } = json as { code: string; reason: string };
    assert.equal(fault, 'MODEL_INVALID');
    assert.ok(reason.includes(at('manifest.json')));
    assert.match(reason, /a semantic version\s+→ at version/);
    assert.match(reason, /expected boolean, received string\s+→ at photographic/);
    assert.match(reason, /Unrecognized key: "colour"/);

    write({ weights: { file: '../elsewhere.onnx', sha256: '0'.repeat(64) } });
    const { json: outside } = await colouriser(folder, 'models');
    assert.match(
      String(pick(outside, 'reason')['reason']),
      /a file name beside the manifest\s+→ at weights\.file/,
    );
  });

  it('that answers its golden picture otherwise than its manifest says may not work', async () => {
    const { folder, at } = copied('autoencoder');
    const text = readFileSync(at('manifest.json'), 'utf8');
    writeFileSync(at('manifest.json'), text.replace('4.804865', '5.804865'));
    const { code, json } = await colouriser(folder, 'models', 'verify');
    assert.equal(code, 5);
    const [row] = (json as { models: Record<string, unknown>[] }).models;
    assert.match(String(row?.['reason']), /output 'ab' is off by/);
  });

  it('that is missing is named with what is installed', async () => {
    const { folder } = copied('autoencoder');
    const { code, json } = await colouriser(folder, 'colourise', 'in.dcm', '--model', 'evidence');
    assert.equal(code, 5);
    const { code: fault, reason } = json as { code: string; reason: string };
    assert.equal(fault, 'MODEL_NOT_FOUND');
    assert.match(reason, /'evidence' is not installed; installed: autoencoder 1\.0\.0/);
  });
});

/** Flips one bit in the middle of the weights. */
function tamper(file: string): void {
  const bytes = readFileSync(file);
  const middle = bytes.length >> 1;
  bytes[middle] = bytes[middle]! ^ 1;
  writeFileSync(file, bytes);
}

function pick(json: unknown, ...keys: readonly string[]): Record<string, unknown> {
  const all = json as Record<string, unknown>;
  return Object.fromEntries(keys.map((key) => [key, all[key]]));
}
