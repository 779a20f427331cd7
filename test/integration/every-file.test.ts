import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { colouriseFile } from '../../src/cli/commands/colourise.js';
import type { OpenTools } from '../../src/compose/tools.js';
import type { DicomDataset } from '../../src/domain/dicom-json.js';
import { numberOf } from '../../src/domain/dicom-json.js';
import { Tag } from '../../src/domain/tags.js';
import { areaMean } from '../../src/imaging/area-mean.js';
import { displayGrey } from '../../src/imaging/display.js';
import { labOfRgb, lightnessOfRgb } from '../../src/imaging/lab.js';
import { makeChestPhantom } from '../../src/phantom/chest-phantom.js';
import { phantomInstance } from '../../src/phantom/phantom-instance.js';
import { colourPicture } from '../../src/pipeline/colour-picture.js';
import { startStopwatch } from '../../src/pipeline/stopwatch.js';
import type { GreyImage } from '../../src/ports/colouring.js';
import { openTestTools } from '../support/colour-tools.js';
import { exampleRendering } from '../support/derivation.js';
import { temporaryFolder } from '../support/process.js';
import { shown, type Shown } from '../support/shown.js';
import { expectations } from './radiograph-expectations.js';

const data = '../shared/data/dicom';
const folders = ['chest', 'encodings', 'mutated', 'not-chest'];
const rendering = { ...exampleRendering, modelVersion: '1.3.0' };
const identity = {
  PatientName: 'Phantom^Test',
  PatientID: 'PHANTOM',
  StudyInstanceUID: '2.25.51',
  SeriesInstanceUID: '2.25.52',
  SOPInstanceUID: '2.25.53',
};
const read = (file: string) => Uint8Array.from(readFileSync(join(data, file)));

/** What can be displayed is written, but for these. */
const recognised: Readonly<Record<string, string>> = {
  'chest/Fake_MONOHR1.dcm': 'skipped: NO_LUNGS',
  'mutated/upside_down.dcm': 'skipped: UPSIDE_DOWN',
};

function outcomeExpectedOf(file: string): string {
  const expectation = expectations[file];
  assert.ok(expectation, `${file} has no expectation`);
  if ('error' in expectation) return `failed: ${expectation.error}`;
  if ('skip' in expectation) return `skipped: ${expectation.skip}`;
  if (file.startsWith('not-chest/')) return 'skipped: NO_LUNGS';
  return recognised[file] ?? 'written';
}

/** L*: two neighbouring greys are at most 0.51 apart, and each colour is true to its grey within 0.05. */
const oneGreyCode = 0.61;

const lightnessAt = (rgb: Uint8Array, at: number) =>
  lightnessOfRgb(rgb[at] ?? 0, rgb[at + 1] ?? 0, rgb[at + 2] ?? 0);

/** The frame and the grey of a file that can be displayed. */
async function displayed(file: string): Promise<Extract<Shown, { frame: unknown }>> {
  const result = await shown(read(file));
  if ('skip' in result) throw new Error(`${file}: ${result.skip.reason}`);
  return result;
}

function withWidth(attributes: DicomDataset, factor: number): DicomDataset {
  const centre = numberOf(attributes, Tag.WindowCenter) ?? 128;
  const width = numberOf(attributes, Tag.WindowWidth) ?? 256;
  return {
    ...attributes,
    [Tag.WindowCenter]: { vr: 'DS', Value: [centre] },
    [Tag.WindowWidth]: { vr: 'DS', Value: [width * factor] },
  };
}

describe('every collected radiograph, from file to colour', function () {
  this.timeout(180_000);
  if (!existsSync(data)) return;
  const folder = temporaryFolder();
  let tools: OpenTools;
  before(async () => {
    tools = await openTestTools();
  });
  after(async () => {
    await tools.close();
    rmSync(folder, { recursive: true });
  });

  async function rgbOfPart10(part10: Uint8Array): Promise<Uint8Array> {
    const result = await colourPicture(part10, rendering, tools, startStopwatch());
    assert.equal(result.kind, 'coloured');
    return result.drawing.whole();
  }

  const rgbOf = (file: string) => rgbOfPart10(read(file));

  /** C* at every seventh pixel. */
  async function chromaOf(image: GreyImage): Promise<Float64Array> {
    const model = tools.registry.get('evidence');
    const { rows, columns } = model.manifest.input;
    const colouring = await tools.networks.infer(model, areaMean(image, rows, columns));
    const drawing = tools.pictures.draw({ image, colouring, rendering, modelTitle: 'a test' });
    const rgb = await drawing.whole();
    return Float64Array.from({ length: Math.floor(rgb.length / 21) }, (_, index) => {
      const at = 21 * index;
      const { a, b } = labOfRgb(rgb[at] ?? 0, rgb[at + 1] ?? 0, rgb[at + 2] ?? 0);
      return Math.hypot(a, b);
    });
  }

  for (const file of folders.flatMap((name) =>
    readdirSync(join(data, name)).map((base) => `${name}/${base}`),
  )) {
    it(`${file} is ${outcomeExpectedOf(file)}`, async () => {
      const output = join(folder, 'colour.dcm');
      const options = { input: join(data, file), output, model: 'evidence' };
      const { result } = await colouriseFile(options, tools);
      const found =
        result.code === undefined ? result.outcome : `${result.outcome}: ${result.code}`;
      assert.equal(found, outcomeExpectedOf(file), result.reason);
    });
  }

  it('draws the window that is asked for', async () => {
    const file = 'mutated/multi_window.dcm';
    const drawn: string[] = [];
    for (const window of [1, 2]) {
      const wanted = { ...rendering, window };
      // The second is too narrow for lungs to be seen.
      const options = { needsLungs: false };
      const result = await colourPicture(read(file), wanted, tools, startStopwatch(), options);
      assert.equal(result.kind, 'coloured');
      drawn.push(result.picture.window);
    }
    // As pydicom reads them: WindowCenter [512, 300], WindowWidth [900, 200].
    assert.deepEqual(drawn, ['LINEAR 512/900', 'LINEAR 300/200']);
  });

  it('colours every lossless encoding of one picture to the same bytes', async () => {
    const reference = await rgbOf('chest/gdcm-CR-MONO1-10-chest.dcm');
    const lossless = /deflated|explicit|implicit|Lossless|rle/;
    const files = readdirSync(join(data, 'encodings')).filter(
      (file) => file.startsWith('gdcm-cr10') && lossless.test(file),
    );
    assert.equal(files.length, 9);
    for (const file of files) {
      assert.ok(Buffer.from(await rgbOf(`encodings/${file}`)).equals(reference), file);
    }
  });

  it('colours a MONOCHROME1 phantom and its MONOCHROME2 twin to the same bytes', async () => {
    const film = { seed: 51, Columns: 500, Rows: 600, opacity: 'right-lower' } as const;
    const [one, two] = await Promise.all(
      (['MONOCHROME1', 'MONOCHROME2'] as const).map((photometric) =>
        rgbOfPart10(phantomInstance(makeChestPhantom({ ...film, photometric }), identity)),
      ),
    );
    assert.ok(one && two && Buffer.from(one).equals(two));
  });

  it('colours a radiograph and its inverted copy alike, the window being off by one stored value', async () => {
    const one = await rgbOf('chest/gdcm-CR-MONO1-10-chest.dcm');
    const two = await rgbOf('mutated/mono2_same_picture.dcm');
    for (let at = 0; at < one.length; at += 3) {
      const difference = lightnessAt(one, at) - lightnessAt(two, at);
      assert.ok(Math.abs(difference) <= oneGreyCode, `L* differs by ${difference} at ${at}`);
    }
  });

  const variants: Readonly<
    Record<string, (one: Awaited<ReturnType<typeof displayed>>) => GreyImage>
  > = {
    'a window 20 % wider': ({ frame, attributes }) =>
      displayGrey(frame, withWidth(attributes, 1.2)).image,
    'a window 20 % narrower': ({ frame, attributes }) =>
      displayGrey(frame, withWidth(attributes, 0.8)).image,
    'a gamma of 0.8': ({ displayed: { image } }) => withGamma(image, 0.8),
    'a gamma of 1.25': ({ displayed: { image } }) => withGamma(image, 1.25),
  };

  function withGamma(image: GreyImage, gamma: number): GreyImage {
    return { ...image, grey: image.grey.map((grey) => Math.round(255 * (grey / 255) ** gamma)) };
  }

  for (const [change, changed] of Object.entries(variants)) {
    it(`keeps the colour of chest films under ${change}`, async () => {
      for (const file of readdirSync(join(data, 'chest'))) {
        if (recognised[`chest/${file}`] !== undefined) continue;
        const original = await displayed(`chest/${file}`);
        const before = await chromaOf(original.displayed.image);
        const after = await chromaOf(changed(original));
        const differences = after.map((chroma, index) => Math.abs(chroma - (before[index] ?? 0)));
        const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
        assert.ok(mean <= 0.5, `${file}: mean change of C* ${mean.toFixed(2)}`);
      }
    });
  }
});
