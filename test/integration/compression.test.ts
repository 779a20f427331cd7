import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { previewPng } from '../../src/adapters/threads/preview.js';
import { decodeColour } from '../../src/dicom/decode-colour.js';
import { encodeFrame } from '../../src/dicom/encode-frame.js';
import { encapsulatePart10 } from '../../src/dicom/part10.js';
import { readInstance } from '../../src/dicom/read-instance.js';
import { describeSecondaryCapture } from '../../src/dicom/secondary-capture.js';
import { textOf } from '../../src/domain/dicom-json.js';
import { type Compression, compressions } from '../../src/domain/job.js';
import { Tag } from '../../src/domain/tags.js';
import { asColouriseError } from '../../src/domain/errors.js';
import { gathered } from '../../src/ports/byte-source.js';
import { mutated, seeded } from '../fuzz/mutations.js';
import { converted } from '../support/dcmtk.js';
import { exampleDerivation, exampleRendering, exampleSource } from '../support/derivation.js';
import { PrivateOrthanc } from '../support/orthanc.js';
import { temporaryFolder } from '../support/process.js';
import { readWithPydicom, unexpectedComplaints, unpackedBy } from '../support/toolkits.js';

const folder = temporaryFolder();
const limits = { maxPixels: 1_000_000 };
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Each is read by at least two programs that are not ours. pydicom has no JPEG-LS decoder of its own. */
const readers: Readonly<Record<Compression, readonly Parameters<typeof unpackedBy>[0][]>> = {
  rle: ['DCMTK, RLE', 'GDCM', 'pydicom'],
  'jpeg-ls': ['DCMTK, JPEG-LS', 'GDCM'],
  'jpeg-2000': ['GDCM', 'pydicom'],
};
/** @see DICOM PS3.5 8.2.2 to 8.2.4, PS3.6 A-1 */
const expected: Readonly<Record<Compression, readonly [transferSyntax: string, colour: string]>> = {
  rle: ['1.2.840.10008.1.2.5', 'RGB'],
  'jpeg-ls': ['1.2.840.10008.1.2.4.80', 'RGB'],
  'jpeg-2000': ['1.2.840.10008.1.2.4.90', 'YBR_RCT'],
};

/** Odd sizes, so that planes, codestreams and rows do not end by chance where they should. */
const pictures = {
  'a film with a coloured place': picture(301, 203, (row, column) => {
    const grey = Math.round(120 + 90 * Math.sin(row / 40) * Math.cos(column / 33)) + (row % 3);
    const isColoured = Math.hypot(row - 150, column - 90) < 60;
    return isColoured ? [grey + 20, grey - 12, grey + 14] : [grey, grey, grey];
  }),
  'one shade': picture(33, 257, () => [7, 7, 7]),
  'runs and single pixels': picture(5, 131, (row, column) => [
    column % (row + 2) === 0 ? 255 : 0,
    Math.floor(column / 2),
    column > 128 ? 9 : column,
  ]),
  'a single pixel': picture(1, 1, () => [250, 10, 130]),
};

describe('colour that is packed', () => {
  for (const compression of compressions) {
    for (const [name, drawn] of Object.entries(pictures)) {
      it(`as ${compression} is the same, bit for bit, to other toolkits and to us: ${name}`, async () => {
        const { file } = await packed(compression, drawn);
        const pixels = sha256(drawn.rgb);
        for (const reader of readers[compression]) {
          assert.equal(unpackedBy(reader, file, drawn.rgb.length), pixels, reader);
        }
        const ours = await decodeColour(readInstance(readFileSync(file)), limits);
        assert.equal(sha256(ours.rgb), pixels);
      });
    }

    it(`as ${compression} is a valid object that says how it is packed`, async () => {
      const { file } = await packed(compression, pictures['a film with a coloured place']);
      assert.deepEqual(unexpectedComplaints(file), []);
      const [read] = readWithPydicom(file);
      assert.ok(read);
      const [transferSyntaxUID, colour] = expected[compression];
      assert.equal(read.transferSyntaxUID, transferSyntaxUID);
      assert.equal(textOf(read.json, Tag.PhotometricInterpretation), colour);
      assert.equal(textOf(read.json, Tag.PlanarConfiguration), '0');
    });

    it(`as ${compression} says of loss what its source says`, () => {
      const lossless = Object.fromEntries(
        Object.entries(exampleSource).filter(([tag]) => tag !== Tag.LossyImageCompression),
      );
      const stated = [exampleSource, lossless].map((source) => {
        const output = describeSecondaryCapture(derivation(compression, 4, 4, source));
        return textOf(output, Tag.LossyImageCompression);
      });
      assert.deepEqual(stated, ['01', undefined]);
    });
  }

  it('has an offset table for its one frame, one fragment of even length, and an end', async () => {
    const attributes = describeSecondaryCapture(derivation('jpeg-ls', 1, 1));
    const instance = encapsulatePart10(attributes, 'jpeg-ls', Uint8Array.of(1, 2, 3));
    const file = Buffer.from(await gathered(instance));
    assert.equal(
      file.subarray(file.length - 44).toString('hex'),
      'e07f10004f420000ffffffff' + // Pixel Data, OB, of undefined length
        'feff00e00400000000000000' + // Basic Offset Table: 0
        'feff00e00400000001020300' +
        'feffdde000000000',
    );
  });

  it('is previewed as what is not packed, and so is what an archive packed anew', async () => {
    const drawn = pictures['a film with a coloured place'];
    const { file } = await packed('rle', drawn);
    const raw = await converted('gdcmconv', ['--raw'], file);
    const others = [
      (await packed('jpeg-ls', drawn)).file,
      (await packed('jpeg-2000', drawn)).file,
      raw,
      await converted('dcmcjpls', ['+un', '+il'], raw),
      await converted('dcmcjpls', ['+un', '+in'], raw),
      await converted('dcmcrle', ['+un'], raw),
    ];
    for (const other of [file, ...others]) {
      const png = await previewPng(readFileSync(other), { width: 1000, window: 1 }, 1_000_000);
      assert.equal(sha256(await sharp(png).removeAlpha().raw().toBuffer()), sha256(drawn.rgb));
    }
  });

  it('ends with a code where it is damaged', async () => {
    const random = seeded(7);
    const outcomes: Record<string, number> = {};
    for (const compression of compressions) {
      const { file } = await packed(compression, pictures['a film with a coloured place']);
      const bytes = readFileSync(file);
      for (let round = 0; round < 60; round++) {
        const { bytes: damaged } = mutated(bytes, random);
        const outcome = await previewPng(damaged, { width: 64, window: 1 }, 1_000_000).then(
          () => 'SHOWN',
          (thrown: unknown) => asColouriseError(thrown).code,
        );
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      }
    }
    assert.equal(outcomes['INTERNAL'], undefined, JSON.stringify(outcomes));
    assert.ok(Object.keys(outcomes).length > 4, JSON.stringify(outcomes));
  });

  it('is shown by Orthanc bit for bit, or refused where it has no decoder', async () => {
    const orthanc = await PrivateOrthanc.start();
    try {
      const drawn = pictures['a film with a coloured place'];
      const shown = [];
      for (const compression of compressions) {
        const { file } = await packed(compression, drawn);
        const id = await orthanc.upload(readFileSync(file));
        const answer = await fetch(`${orthanc.url}/instances/${id}/preview`);
        const png = Buffer.from(await answer.arrayBuffer());
        if (answer.status === 415) continue;
        assert.equal(sha256(await sharp(png).removeAlpha().raw().toBuffer()), sha256(drawn.rgb));
        shown.push(compression);
      }
      assert.deepEqual(shown.slice(0, 2), ['rle', 'jpeg-ls']);
    } finally {
      await orthanc.kill();
    }
  });
});

interface Drawn {
  readonly Rows: number;
  readonly Columns: number;
  readonly rgb: Uint8Array;
}

function picture(
  Rows: number,
  Columns: number,
  pixel: (row: number, column: number) => readonly [number, number, number],
): Drawn {
  const rgb = Uint8Array.from({ length: 3 * Rows * Columns }, (_, at) => {
    const index = Math.floor(at / 3);
    return pixel(Math.floor(index / Columns), index % Columns)[at % 3] ?? 0;
  });
  return { Rows, Columns, rgb };
}

function derivation(
  compression: Compression,
  Rows: number,
  Columns: number,
  source = exampleSource,
) {
  const rendering = { ...exampleRendering, compression };
  return exampleDerivation(source, { rendering, Rows, Columns });
}

async function packed(compression: Compression, drawn: Drawn): Promise<{ readonly file: string }> {
  const { Rows, Columns } = drawn;
  const attributes = describeSecondaryCapture(derivation(compression, Rows, Columns));
  const codestream = await encodeFrame(drawn, compression, (bytes) => new Uint8Array(bytes));
  const instance = encapsulatePart10(attributes, compression, codestream);
  const file = join(folder, `${compression}-${Rows}-${Columns}.dcm`);
  writeFileSync(file, await gathered(instance));
  return { file };
}
