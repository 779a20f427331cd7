import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createOrthancPacs, type OrthancPacs } from '../../src/adapters/orthanc/orthanc-pacs.js';
import {
  itemsOf,
  textOf,
  type DicomAttribute,
  type DicomDataset,
  type PersonName,
} from '../../src/domain/dicom-json.js';
import { textsOfAttribute } from '../../src/domain/rules/values.js';
import { Tag } from '../../src/domain/tags.js';
import { refOf, sameBytes } from '../contract/pacs-contract.js';
import { PrivateOrthanc } from '../support/orthanc.js';
import { convertPart10, makePart10 } from '../support/part10.js';

const shared = join(import.meta.dirname, '../../../../shared/data/dicom');

/** The names of PS3.5 H.3.1 and I.2, as bytes in ISO 2022 and as Unicode. */
const names = [
  {
    language: 'Japanese',
    SpecificCharacterSet: '\\ISO 2022 IR 87',
    bytes: 'Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B',
    expected: {
      Alphabetic: 'Yamada^Tarou',
      Ideographic: '山田^太郎',
      Phonetic: 'やまだ^たろう',
    },
  },
  {
    language: 'Korean',
    SpecificCharacterSet: '\\ISO 2022 IR 149',
    bytes:
      'Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf',
    expected: { Alphabetic: 'Hong^Gildong', Ideographic: '洪^吉洞', Phonetic: '홍^길동' },
  },
] as const;

const encodings = [
  ['JPEG 2000 lossless', '1.2.840.10008.1.2.4.90', 'gdcmconv', ['--j2k']],
  ['RLE', '1.2.840.10008.1.2.5', 'dcmcrle', []],
  ['JPEG lossless', '1.2.840.10008.1.2.4.70', 'dcmcjpeg', []],
  ['Implicit VR Little Endian', '1.2.840.10008.1.2', 'dcmconv', ['+ti']],
  ['Explicit VR Big Endian', '1.2.840.10008.1.2.2', 'dcmconv', ['+tb']],
  ['Deflated Explicit VR Little Endian', '1.2.840.10008.1.2.1.99', 'dcmconv', ['+td']],
] as const;

describe('Orthanc and what radiographs are made of', () => {
  let orthanc: PrivateOrthanc;
  let pacs: OrthancPacs;

  before(async () => {
    orthanc = await PrivateOrthanc.start();
    pacs = createOrthancPacs({
      url: orthanc.url,
      dicomWebRoot: 'dicom-web',
      timeoutMs: 10_000,
      maxBytes: 64 << 20,
    });
  });
  after(async () => {
    pacs.close();
    await orthanc.kill();
  });

  for (const [name, transferSyntax, command, args] of encodings) {
    it(`gives back the very file that was stored in ${name}`, async () => {
      const image = makePart10({ side: 64 });
      const part10 = convertPart10(image.part10, command, args);
      assert.ok(part10.includes(transferSyntax), 'the tool wrote the transfer syntax');
      await orthanc.upload(part10);
      assert.ok(sameBytes(await pacs.retrieve(refOf(image)), part10));
      assert.equal(textOf((await pacs.metadata(refOf(image))) ?? {}, Tag.Rows), '64');
    });
  }

  for (const { language, SpecificCharacterSet, bytes, expected } of names) {
    it(`reads a ${language} name of ISO 2022 letter for letter from the metadata`, async () => {
      const PatientName = Buffer.from(bytes, 'latin1');
      const image = makePart10({ SpecificCharacterSet, PatientName });
      await orthanc.upload(image.part10);
      const dataset = await pacs.metadata(refOf(image));
      assert.deepEqual(dataset?.[Tag.PatientName]?.Value, [expected]);
    });
  }

  it('gives back every real radiograph as it was stored', async function () {
    const folder = join(shared, 'encodings');
    if (!existsSync(folder)) this.skip();
    for (const file of readdirSync(folder)) {
      const part10 = readFileSync(join(folder, file));
      const id = await orthanc.upload(part10);
      const ref = await pacs.identify(id);
      assert.ok(ref, file);
      assert.ok(sameBytes(await pacs.retrieve(ref), part10), file);
      const described = await pacs.describe(id);
      assert.deepEqual(described?.source, ref, file);
      assertTellsTheSame(described.attributes, await pacs.metadata(ref), file);
      await orthanc.delete(`/studies/${ref.studyOrthancId}`);
    }
  });

  it('reads the names of real files in seven character sets', async function () {
    const folder = join(shared, 'mutated');
    if (!existsSync(folder)) this.skip();
    // As pydicom reads them.
    const expected: Readonly<Record<string, string>> = {
      arabic: 'اختبار^مريض',
      chinese_gb18030: '王^小东',
      cyrillic: 'Тестов^Пациент',
      greek: 'Δοκιμή^Ασθενής',
      japanese: 'Yamada^Tarou=山田^太郎=やまだ^たろう',
      korean: 'Hong^Gildong=洪^吉洞=홍^길동',
      utf8: 'Müller^Zoë=山田^太郎',
    };
    for (const [name, groups] of Object.entries(expected)) {
      const id = await orthanc.upload(readFileSync(join(folder, `charset_${name}.dcm`)));
      const ref = await pacs.identify(id);
      assert.ok(ref, name);
      const dataset = await pacs.metadata(ref);
      const [first, ideographic, phonetic] = groups.split('=');
      const read = dataset?.[Tag.PatientName]?.Value?.[0] as PersonName;
      assert.deepEqual(
        [read.Alphabetic, read.Ideographic, read.Phonetic],
        [first, ideographic, phonetic],
        name,
      );
      assertTellsTheSame((await pacs.describe(id))?.attributes, dataset, name);
    }
  });
});

/** Rules read the same in the index as in the metadata, but for what the index leaves out, says of itself, or knows more. */
function assertTellsTheSame(
  told: DicomDataset | undefined,
  whole: DicomDataset | undefined,
  where: string,
): void {
  assert.ok(told && whole, where);
  for (const [tag, attribute] of Object.entries(told)) {
    const isPrivate = Number.parseInt(tag.slice(0, 4), 16) % 2 === 1;
    if (isPrivate || attribute.BulkDataURI !== undefined) continue;
    const about = `${where} ${tag}`;
    const items = itemsOf(told, tag);
    items.forEach((item, index) => {
      assertTellsTheSame(item, itemsOf(whole, tag)[index], about);
    });
    if (items.length === 0) assert.deepEqual(valuesOf(attribute), valuesOf(whole[tag]), about);
  }
}

/** Numbers as numbers: the same one is written in several ways. */
function valuesOf(attribute: DicomAttribute | undefined): readonly (string | number)[] {
  const texts = attribute ? textsOfAttribute(attribute) : [];
  return texts.map((text) => (Number.isFinite(Number(text)) ? Number(text) : text));
}
