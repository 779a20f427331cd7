import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { encodePart10 } from '../../src/dicom/part10.js';
import { describeSecondaryCapture, type Derivation } from '../../src/dicom/secondary-capture.js';
import {
  textOf,
  type DicomAttribute,
  type DicomDataset,
  type DicomValue,
} from '../../src/domain/dicom-json.js';
import { Tag } from '../../src/domain/tags.js';
import { srgbOfLinear } from '../../src/imaging/lab.js';
import { gathered, joined } from '../../src/ports/byte-source.js';
import type { EncodedInstance } from '../../src/ports/pacs.js';
import { exampleDerivation, exampleRendering, exampleSource } from '../support/derivation.js';
import { PrivateOrthanc } from '../support/orthanc.js';
import { temporaryFolder } from '../support/process.js';
import {
  dcmtkGsdf,
  readWithDcmtk,
  readWithPydicom,
  unexpectedComplaints,
} from '../support/toolkits.js';

const folder = temporaryFolder();
const data = resolve('../shared/data/dicom');
const sources = existsSync(data)
  ? [
      ...readdirSync(join(data, 'chest')).map((name) => join('chest', name)),
      ...readdirSync(join(data, 'mutated'))
        .filter((name) => name.startsWith('charset_'))
        .map((name) => join('mutated', name)),
    ]
  : [];

describe('the written object', () => {
  const small = { ...exampleSource, [Tag.Rows]: us(5), [Tag.Columns]: us(3) };
  const { model } = exampleDerivation();
  const variants: Record<string, Derivation> = {
    'that says everything': exampleDerivation(),
    'of an odd number of pixels': exampleDerivation(small),
    'of a source that says nothing': exampleDerivation(barest()),
    'that was resampled': exampleDerivation(small, { Rows: 4, Columns: 4, resized: true }),
    'of invented colour with a banner, as OT': exampleDerivation(exampleSource, {
      rendering: { ...exampleRendering, modality: 'OT', banner: true },
      model: { ...model, photographic: true },
    }),
    'made for the GSDF': exampleDerivation(exampleSource, {
      rendering: { ...exampleRendering, display: 'gsdf' },
    }),
    'of pixels that are not square': exampleDerivation({
      ...barest(),
      [Tag.PixelAspectRatio]: { vr: 'IS', Value: [2, 1] },
    }),
    'of a paired body part': exampleDerivation({
      ...barest(),
      [Tag.BodyPartExamined]: { vr: 'CS', Value: ['HAND'] },
      [Tag.Laterality]: { vr: 'CS', Value: ['R'] },
    }),
  };

  for (const [name, derivation] of Object.entries(variants)) {
    it(`${name} passes dciodvfy and reads back the same in pydicom and DCMTK`, async () => {
      checkReadBack(await write(derivation));
    });
  }

  it('embeds an input-class profile that means sRGB to LittleCMS', async () => {
    const { file } = await write(exampleDerivation());
    const profile = readWithPydicom(file)[0]?.profile;
    assert.equal(profile?.deviceClass, 'scnr');
    assert.ok(profile.maxDrift <= 1);
  });

  it('made for the GSDF embeds a profile whose greys are those of PS3.14 to LittleCMS', async () => {
    const rendering = { ...exampleRendering, display: 'gsdf' } as const;
    const { file, attributes } = await write(exampleDerivation(exampleSource, { rendering }));
    assert.equal(attributes[Tag.ColorSpace], undefined);
    const profile = readWithPydicom(file)[0]?.profile;
    assert.equal(profile?.deviceClass, 'scnr');
    const luminance = dcmtkGsdf(1, 350);
    for (let code = 0; code < 256; code++) {
      for (const shown of profile.greysInSrgb.slice(3 * code, 3 * code + 3)) {
        const expected = 255 * srgbOfLinear(luminance[code]! / 350);
        assert.ok(Math.abs(shown - expected) <= 1.5, `grey ${code}: ${shown}, not ${expected}`);
      }
    }
  });
});

describe('the object stored in Orthanc', function () {
  this.timeout(60_000);
  let orthanc: PrivateOrthanc;

  before(async () => {
    orthanc = await PrivateOrthanc.start();
  });
  after(() => orthanc.kill());

  it('is accepted by STOW-RS, described by its metadata and drawn by its preview', async () => {
    const { instance, attributes } = await write(exampleDerivation());
    await stow(orthanc, instance);
    await checkMetadata(orthanc, instance, attributes);
    await checkPreview(orthanc, instance);
  });

  for (const source of sources) {
    it(`made from ${source} is valid, kept whole and names the patient letter for letter`, async () => {
      const original = join(data, source);
      const orthancId = await orthanc.upload(readFileSync(original));
      const described = await describedByOrthanc(orthanc, orthancId);
      try {
        const made = await write(exampleDerivation(described));
        await stow(orthanc, made.instance);
        await checkMetadata(orthanc, made.instance, made.attributes);
        await checkPreview(orthanc, made.instance);
        checkReadBack(made);
        if (source.includes('charset_')) checkName(original, made.file);
      } finally {
        // Some of these files share their UIDs.
        await forget(orthanc, textOf(described, Tag.StudyInstanceUID) ?? '');
      }
    });
  }
});

interface Written {
  readonly file: string;
  readonly attributes: DicomDataset;
  readonly instance: EncodedInstance;
  readonly rgb: Uint8Array;
}

function us(value: number): DicomAttribute {
  return { vr: 'US', Value: [value] };
}

function barest(): DicomDataset {
  const kept = [Tag.StudyInstanceUID, Tag.SeriesInstanceUID, Tag.SOPInstanceUID, Tag.SOPClassUID];
  return {
    ...Object.fromEntries(kept.map((tag) => [tag, exampleSource[tag] ?? { vr: 'UI' }])),
    [Tag.Rows]: us(4),
    [Tag.Columns]: us(4),
  };
}

async function write(derivation: Derivation): Promise<Written> {
  const attributes = describeSecondaryCapture(derivation);
  const rgb = Uint8Array.from(
    { length: derivation.Rows * derivation.Columns * 3 },
    (_, index) => (index * 37) % 251,
  );
  const instance = encodePart10(attributes, rgb);
  const file = join(folder, `${instance.SOPInstanceUID}.dcm`);
  writeFileSync(file, await gathered(instance));
  return { file, attributes, instance, rgb };
}

function checkReadBack({ file, attributes, rgb }: Written): void {
  assert.deepEqual(unexpectedComplaints(file), []);

  const [pydicom] = readWithPydicom(file);
  assert.ok(pydicom);
  assert.equal(pydicom.transferSyntaxUID, '1.2.840.10008.1.2.1');
  assert.deepEqual(comparable(pydicom.json), comparable(attributes));
  const padded = Buffer.concat([rgb, new Uint8Array(rgb.length % 2)]);
  assert.equal(pydicom.pixelSha256, createHash('sha256').update(padded).digest('hex'));

  const dcmtk = readWithDcmtk(file);
  assert.deepEqual(comparable(dcmtk.json), comparable(attributes));
  assert.equal(dcmtk.log, '');
}

/** The name as pydicom reads it from the original in its own character set, and from ours in UTF-8. */
function checkName(original: string, ours: string): void {
  const [before, after] = readWithPydicom(original, ours);
  assert.ok(before && after);
  const name = before.json[Tag.PatientName]?.Value;
  assert.ok(name);
  assert.deepEqual(after.json[Tag.PatientName]?.Value, name);
  assert.equal(textOf(after.json, Tag.SpecificCharacterSet), 'ISO_IR 192');
}

/** One form for what four programs say: numbers as numbers, pixels left out, empty values dropped. */
function comparable(dataset: DicomDataset): unknown {
  return Object.fromEntries(
    Object.entries(dataset)
      .filter(([tag]) => tag !== Tag.PixelData && !tag.startsWith('0002'))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([tag, { vr, Value, InlineBinary }]) => {
        if (vr === 'OB') return [tag, InlineBinary];
        return [tag, { vr, Value: (Value ?? []).map((value) => comparableValue(vr, value)) }];
      }),
  );
}

function comparableValue(vr: string, value: DicomValue): unknown {
  if (vr === 'SQ') return comparable(value as DicomDataset);
  return ['DS', 'IS', 'US'].includes(vr) ? Number(value) : value;
}

async function stow(orthanc: PrivateOrthanc, instance: EncodedInstance): Promise<void> {
  const boundary = 'part-boundary';
  const body = Buffer.concat([
    Buffer.from(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`),
    await gathered(instance),
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  const answer = await fetch(`${orthanc.url}/dicom-web/studies`, {
    method: 'POST',
    headers: {
      'Content-Type': `multipart/related; type="application/dicom"; boundary=${boundary}`,
      Accept: 'application/dicom+json',
    },
    body,
  });
  assert.equal(answer.status, 200);
  assert.ok((await answer.text()).includes(instance.SOPInstanceUID));
}

/** The profile is bulk data here and is compared by the other readers. */
async function checkMetadata(
  orthanc: PrivateOrthanc,
  instance: EncodedInstance,
  attributes: DicomDataset,
): Promise<void> {
  const withoutProfile = (dataset: DicomDataset) =>
    comparable(
      Object.fromEntries(Object.entries(dataset).filter(([tag]) => tag !== Tag.ICCProfile)),
    );
  assert.deepEqual(withoutProfile(await metadata(orthanc, instance)), withoutProfile(attributes));
}

async function metadata(orthanc: PrivateOrthanc, instance: EncodedInstance): Promise<DicomDataset> {
  const { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID } = instance;
  const [dataset] = await orthanc.json<DicomDataset[]>(
    `/dicom-web/studies/${StudyInstanceUID}/series/${SeriesInstanceUID}/instances/${SOPInstanceUID}/metadata`,
  );
  assert.ok(dataset);
  return dataset;
}

async function describedByOrthanc(orthanc: PrivateOrthanc, id: string): Promise<DicomDataset> {
  const uid = (level: string, tag: string) =>
    orthanc
      .json<{ MainDicomTags: Record<string, string> }>(`/instances/${id}${level}`)
      .then(({ MainDicomTags }) => MainDicomTags[tag] ?? '');
  return metadata(orthanc, {
    StudyInstanceUID: await uid('/study', 'StudyInstanceUID'),
    SeriesInstanceUID: await uid('/series', 'SeriesInstanceUID'),
    SOPInstanceUID: await uid('', 'SOPInstanceUID'),
    SOPClassUID: '',
    ...joined([]),
  });
}

async function checkPreview(orthanc: PrivateOrthanc, instance: EncodedInstance): Promise<void> {
  const [id] = await lookup(orthanc, instance.SOPInstanceUID);
  const answer = await fetch(`${orthanc.url}/instances/${id ?? ''}/preview`);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-type'), 'image/png');
}

async function forget(orthanc: PrivateOrthanc, StudyInstanceUID: string): Promise<void> {
  for (const id of await lookup(orthanc, StudyInstanceUID)) {
    await fetch(`${orthanc.url}/studies/${id}`, { method: 'DELETE' });
  }
}

async function lookup(orthanc: PrivateOrthanc, uid: string): Promise<readonly string[]> {
  const answer = await fetch(`${orthanc.url}/tools/lookup`, { method: 'POST', body: uid });
  return ((await answer.json()) as { ID: string }[]).map(({ ID }) => ID);
}
