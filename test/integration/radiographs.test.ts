import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DicomDataset } from '../../src/domain/dicom-json.js';
import { ColouriseError } from '../../src/domain/errors.js';
import { Tag } from '../../src/domain/tags.js';
import { displayGrey } from '../../src/imaging/display.js';
import { converted, largestDifference, shownByDcmtk } from '../support/dcmtk.js';
import { shown } from '../support/shown.js';
import { expectations, type Expectation } from './radiograph-expectations.js';

const data = '../shared/data/dicom';
const folders = ['chest', 'encodings', 'mutated', 'not-chest'];
const bytesOf = (file: string) => Uint8Array.from(readFileSync(join(data, file)));

async function pictureOf(file: string) {
  const result = await shown(bytesOf(file));
  if ('skip' in result) throw new Error(`${file}: ${result.skip.reason}`);
  return result;
}

async function outcomeOf(file: string): Promise<string> {
  try {
    const result = await shown(bytesOf(file));
    return 'skip' in result ? result.skip.code : result.displayed.window;
  } catch (thrown) {
    assert.ok(thrown instanceof ColouriseError, String(thrown));
    return thrown.code;
  }
}

/** The greatest difference to what DCMTK shows, where DCMTK is right. */
async function differenceToDcmtk(
  file: string,
  expectation: Extract<Expectation, { window: string }>,
): Promise<number> {
  const { frame, displayed } = await pictureOf(file);
  const needsGdcm = /j2k|jpegls|J2K|JLS/.test(file);
  const path = join(data, file);
  const readable = needsGdcm ? await converted('gdcmconv', ['--raw'], path) : path;
  const theirs = await shownByDcmtk(readable, expectation.dcmtk ?? ['+Wi', '1']);
  assert.deepEqual([frame.Rows, frame.Columns], [theirs.rows, theirs.columns]);
  const isWrongThere = (index: number) =>
    (expectation.besides === 'padding' && frame.samples[index] === 0) ||
    (expectation.besides === 'overshoot' && frame.samples[index] === 2 ** frame.bitsStored - 1);
  return largestDifference(displayed.image.grey, theirs.grey, (index) => !isWrongThere(index));
}

/** Made-up names, as pydicom reads them. */
const names: Readonly<Record<string, string>> = {
  charset_arabic: 'اختبار^مريض',
  charset_chinese_gb18030: '王^小东',
  charset_cyrillic: 'Тестов^Пациент',
  charset_greek: 'Δοκιμή^Ασθενής',
  charset_japanese: 'Yamada^Tarou=山田^太郎=やまだ^たろう',
  charset_korean: 'Hong^Gildong=洪^吉洞=홍^길동',
  charset_utf8: 'Müller^Zoë=山田^太郎',
};

function nameIn(attributes: DicomDataset): string {
  const groups = attributes[Tag.PatientName]?.Value?.[0] as Record<string, string>;
  return [groups['Alphabetic'], groups['Ideographic'], groups['Phonetic']]
    .filter(Boolean)
    .join('=');
}

(existsSync(data) ? describe : describe.skip)('every radiograph of the collection', function () {
  this.timeout(60_000);

  it('has a written expectation', () => {
    const files = folders.flatMap((folder) =>
      readdirSync(join(data, folder)).map((file) => `${folder}/${file}`),
    );
    assert.deepEqual(files.sort(), Object.keys(expectations).sort());
  });

  for (const [file, expectation] of Object.entries(expectations)) {
    const expected = Object.values(expectation)[0] as string;
    it(`${file}: ${expected}`, async () => {
      assert.equal(await outcomeOf(file), expected);
      if ('window' in expectation) assert.ok((await differenceToDcmtk(file, expectation)) <= 1);
    });
  }

  it('looks the same to the byte in every lossless encoding', async () => {
    const reference = await pictureOf('chest/gdcm-CR-MONO1-10-chest.dcm');
    const lossless = readdirSync(join(data, 'encodings')).filter(
      (file) => file.startsWith('gdcm') && !/jpeglsNear|Extended12|Baseline8/.test(file),
    );
    assert.equal(lossless.length, 9);
    for (const file of lossless) {
      const { displayed, frame } = await pictureOf(`encodings/${file}`);
      assert.deepEqual(displayed.image.grey, reference.displayed.image.grey, file);
      assert.equal(frame.lossy, false);
    }
  });

  it('looks the same with rubbish or an overlay in the high bits, and without a preamble', async () => {
    const reference = await pictureOf('chest/gdcm-CR-MONO1-10-chest.dcm');
    for (const file of [
      'junk_high_bits',
      'overlay_in_high_bit',
      'overlay_6000',
      'no_preamble_bad',
    ]) {
      const { displayed } = await pictureOf(`mutated/${file}.dcm`);
      assert.deepEqual(displayed.image.grey, reference.displayed.image.grey, file);
      assert.equal(displayed.overlays, file.startsWith('overlay') ? 1 : 0);
    }
  });

  it('looks the same within one grey code in near-lossless JPEG-LS', async () => {
    const reference = await pictureOf('chest/gdcm-CR-MONO1-10-chest.dcm');
    const { displayed, frame } = await pictureOf('encodings/gdcm-cr10-m1_jpeglsNear.dcm');
    assert.ok(largestDifference(displayed.image.grey, reference.displayed.image.grey) <= 1);
    assert.equal(frame.lossy, true);
  });

  it('shows the second window where that one is asked for', async () => {
    const file = 'mutated/multi_window.dcm';
    const { frame, attributes } = await pictureOf(file);
    const { image, window } = displayGrey(frame, attributes, { windowIndex: 1 });
    const theirs = await shownByDcmtk(join(data, file), ['+Wi', '2']);
    assert.notEqual(window, (await pictureOf(file)).displayed.window);
    assert.ok(largestDifference(image.grey, theirs.grey) <= 1);
  });

  it('draws the border of padding black', async () => {
    const { frame, displayed } = await pictureOf('mutated/pixel_padding_border.dcm');
    const border = [...frame.samples.keys()].filter((index) => frame.samples[index] === 0);
    assert.ok(border.length > 80_000);
    assert.ok(border.every((index) => displayed.image.grey[index] === 0));
  });

  for (const [file, name] of Object.entries(names)) {
    it(`reads ${name} code point by code point`, async () => {
      const { attributes } = await pictureOf(`mutated/${file}.dcm`);
      assert.equal(nameIn(attributes), name);
    });
  }
});
