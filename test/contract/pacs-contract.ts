import assert from 'node:assert/strict';
import { isOwnOutput } from '../../src/dicom/own-output.js';
import { textOf, type DicomDataset } from '../../src/domain/dicom-json.js';
import type { ErrorCode } from '../../src/domain/errors.js';
import type { InstanceRef } from '../../src/domain/job.js';
import { Tag } from '../../src/domain/tags.js';
import { joined } from '../../src/ports/byte-source.js';
import type { Archive, ChangeFeed, EncodedInstance } from '../../src/ports/pacs.js';
import { ownOutput } from '../support/own-output.js';
import { until } from '../support/process.js';
import { freshUid, makePart10, type Synthetic } from '../support/part10.js';

/** An archive under test, and what happens to archives from outside. */
export interface ArchiveUnderTest {
  readonly pacs: Archive;
  /** As a modality would; the Orthanc id. */
  readonly upload: (part10: Uint8Array) => Promise<string>;
  delete(orthancId: string): Promise<void>;
  /** Returns when the study counts as stable. */
  settle(studyOrthancId: string): Promise<void>;
  /** Loses everything, change log included. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

/** What every archive adapter promises, its twin included. */
export function describePacs(name: string, open: () => Promise<ArchiveUnderTest>): void {
  describe(`Pacs, ChangeFeed and ArchiveIndex: ${name}`, () => {
    let archive: ArchiveUnderTest;
    let pacs: Archive;
    before(async () => {
      archive = await open();
      pacs = archive.pacs;
    });
    after(() => archive.close());

    describeChanges(() => archive);
    describeIndex(() => archive);
    describeErasing(() => archive);
    describeReading(() => archive);
    describeStoring(() => archive);

    it('shows a reset by a last change below the cursor', async () => {
      await archive.upload(makePart10().part10);
      const { last } = await pacs.changes(1_000_000, 10);
      assert.ok(last > 0);
      await archive.reset();
      const page = await pacs.changes(last, 10);
      assert.deepEqual(page.changes, []);
      assert.ok(page.last < last, `${page.last} is not below ${last}`);
    });
  });
}

function describeChanges(current: () => ArchiveUnderTest): void {
  it('lists an arrival from instance to patient, oldest first', async () => {
    const { pacs, upload } = current();
    const since = await newest(pacs);
    const id = await upload(makePart10({ PatientID: freshUid() }).part10);
    const { changes } = await pacs.changes(since, 4);
    assert.deepEqual(
      changes.map(({ type }) => type),
      ['NewInstance', 'NewSeries', 'NewStudy', 'NewPatient'],
    );
    assert.equal(changes[0]?.orthancId, id);
    assert.ok(changes.every(({ seq }, index) => seq > (changes[index - 1]?.seq ?? since)));
  });

  it('pages through the log without losing or repeating a row', async () => {
    const { pacs, upload } = current();
    const since = await newest(pacs);
    const study = { StudyInstanceUID: freshUid(), SeriesInstanceUID: freshUid() };
    const ids = [];
    for (let count = 0; count < 3; count += 1) ids.push(await upload(makePart10(study).part10));
    const seen: string[] = [];
    for (let cursor = since, done = false; !done;) {
      const page = await pacs.changes(cursor, 2);
      assert.ok(page.changes.length <= 2);
      seen.push(...page.changes.flatMap((row) => (isNewInstance(row) ? [row.orthancId] : [])));
      ({ last: cursor, done } = page);
    }
    assert.deepEqual(seen, ids);
  });

  it('gives a row again as it was', async () => {
    const { pacs, upload } = current();
    const since = await newest(pacs);
    await upload(makePart10({ PatientID: freshUid() }).part10);
    const { changes } = await pacs.changes(since, 4);
    const [, , , last] = changes;
    assert.ok(last && last.date !== '');
    await upload(makePart10({ PatientID: freshUid() }).part10);
    assert.deepEqual((await pacs.changes(last.seq - 1, 1)).changes, [last]);
  });

  it('leaves gaps where resources were deleted, and never goes back below the cursor', async () => {
    const archive = current();
    const { pacs } = archive;
    const since = await newest(pacs);
    const gone = await archive.upload(makePart10({ PatientID: freshUid() }).part10);
    const cursor = await newest(pacs);
    await archive.delete(gone);
    const page = await pacs.changes(since, 100);
    assert.ok(page.changes.every(({ orthancId }) => orthancId !== gone));
    assert.ok((await pacs.changes(cursor, 100)).last >= cursor);
  });

  it('identifies an instance by its three UIDs and its study, until it is deleted', async () => {
    const archive = current();
    const image = makePart10({ PatientID: freshUid() });
    const since = await newest(archive.pacs);
    const id = await archive.upload(image.part10);
    const rows = (await archive.pacs.changes(since, 10)).changes;
    const studyOrthancId = rows.find(({ type }) => type === 'NewStudy')?.orthancId;
    assert.deepEqual(await archive.pacs.identify(id), { ...refOf(image), studyOrthancId });
    const sibling = makePart10({ ...refOf(image), SOPInstanceUID: freshUid(), PatientID: 'TEST' });
    const other = await archive.upload(sibling.part10);
    const found = await archive.pacs.identify(other);
    assert.equal(found?.SOPInstanceUID, sibling.SOPInstanceUID);
    assert.notEqual(found.studyOrthancId, studyOrthancId, 'another patient has another study');
    await archive.delete(id);
    assert.equal(await archive.pacs.identify(id), undefined);
    assert.equal(await archive.pacs.identify('no-such-id'), undefined);
  });

  it('knows when and how an instance came, until it is deleted', async () => {
    const archive = current();
    // To the second, as Orthanc keeps it.
    const before = Math.floor(Date.now() / 1000) * 1000;
    const id = await archive.upload(makePart10().part10);
    const reception = await archive.pacs.reception(id);
    const receivedAt = reception?.receivedAt?.getTime() ?? 0;
    assert.ok(receivedAt >= before && receivedAt <= Date.now(), `${receivedAt}`);
    assert.equal(reception?.origin, 'RestApi');
    assert.equal(reception.remoteAE, undefined, 'nobody called it by DICOM');
    await archive.delete(id);
    assert.equal(await archive.pacs.reception(id), undefined);
  });

  it('calls a study unstable on arrival, stable later, and unknown once deleted', async () => {
    const archive = current();
    const id = await archive.upload(makePart10().part10);
    const study = (await archive.pacs.identify(id))?.studyOrthancId ?? '';
    assert.equal(await archive.pacs.isStudyStable(study), false);
    await archive.settle(study);
    assert.equal(await archive.pacs.isStudyStable(study), true);
    await archive.delete(id);
    assert.equal(await archive.pacs.isStudyStable(study), undefined);
  });
}

function describeIndex(current: () => ArchiveUnderTest): void {
  it('lists every study once, page by page, and nothing behind the last', async () => {
    const { pacs, upload } = current();
    const images = [1, 2, 3].map(() => makePart10({ PatientID: freshUid() }));
    for (const { part10 } of images) await upload(part10);
    const count = await pacs.countStudies();
    const seen: string[] = [];
    for (let offset = 0; offset < count; offset += 2) {
      const page = await pacs.listStudies(offset, 2);
      assert.ok(page.length <= 2);
      seen.push(...page.map(({ StudyInstanceUID }) => StudyInstanceUID));
    }
    assert.equal(seen.length, count);
    for (const { StudyInstanceUID } of images) {
      assert.equal(seen.filter((uid) => uid === StudyInstanceUID).length, 1);
    }
    assert.deepEqual(await pacs.listStudies(count, 2), []);
  });

  it('dates a study by its latest arrival', async () => {
    const { pacs, upload } = current();
    const StudyInstanceUID = freshUid();
    const lastUpdate = async () => {
      const studies = await pacs.listStudies(0, 1000);
      const study = studies.find((held) => held.StudyInstanceUID === StudyInstanceUID);
      return study?.lastUpdate?.getTime() ?? 0;
    };
    // Orthanc keeps whole seconds.
    const start = Math.floor(Date.now() / 1000) * 1000;
    await upload(makePart10({ StudyInstanceUID }).part10);
    const first = await lastUpdate();
    assert.ok(first >= start && first <= Date.now(), new Date(first).toISOString());
    await until('a later arrival to show', async () => {
      await upload(makePart10({ StudyInstanceUID }).part10);
      return (await lastUpdate()) > first;
    });
  });

  it('lists the instances of a study with UIDs and modality, until it is deleted', async () => {
    const archive = current();
    const PatientID = freshUid();
    const image = makePart10({ PatientID, Modality: 'CR' });
    const { StudyInstanceUID } = image;
    const other = makePart10({ PatientID, StudyInstanceUID, Modality: 'SR' });
    const ids = [await archive.upload(image.part10), await archive.upload(other.part10)];
    const studyOrthancId = (await archive.pacs.identify(ids[0] ?? ''))?.studyOrthancId ?? '';
    const listed = await archive.pacs.listInstances(studyOrthancId);
    const expected = [
      { orthancId: ids[0] ?? '', studyOrthancId, ...refOf(image), Modality: 'CR' },
      { orthancId: ids[1] ?? '', studyOrthancId, ...refOf(other), Modality: 'SR' },
    ];
    const sorted = (list: readonly { readonly orthancId: string }[] = []) =>
      [...list].sort((a, b) => a.orthancId.localeCompare(b.orthancId));
    assert.deepEqual(sorted(listed), sorted(expected));
    for (const id of ids) await archive.delete(id);
    assert.equal(await archive.pacs.listInstances(studyOrthancId), undefined);
  });
}

function describeErasing(current: () => ArchiveUnderTest): void {
  it('locates every instance with a UID, whoever its patient is', async () => {
    const { pacs, upload } = current();
    const image = makePart10({ PatientID: 'ONE' });
    const ids = [await upload(image.part10)];
    ids.push(await upload(makePart10({ ...refOf(image), PatientID: 'TWO' }).part10));
    assert.deepEqual([...(await pacs.locate(image.SOPInstanceUID))].sort(), ids.sort());
    assert.deepEqual(await pacs.locate(freshUid()), []);
  });

  it('describes one stored object by its Orthanc id, sequences included', async () => {
    const { pacs, upload } = current();
    const image = makePart10({ PatientID: 'ONE' });
    const id = await upload(image.part10);
    await upload(makePart10({ ...refOf(image), PatientID: 'TWO' }).part10);
    const described = await pacs.describe(id);
    const dataset = described?.attributes ?? {};
    assert.deepEqual(described?.source, await pacs.identify(id));
    assert.deepEqual(uidsOf(dataset), refOf(image));
    assert.equal(textOf(dataset, Tag.PatientID), 'ONE');
    assert.equal(dataset[Tag.PatientName]?.vr, 'PN');
    assert.equal(await pacs.describe('no-such-id'), undefined);
    const own = await pacs.describe(await upload(await ownOutput(dataset)));
    assert.ok(own && isOwnOutput(own.attributes));
    assert.ok(!isOwnOutput(dataset));
  });

  it('erases one instance and nothing beside it, once', async () => {
    const { pacs, upload } = current();
    const image = makePart10();
    const { StudyInstanceUID, SeriesInstanceUID } = image;
    const beside = makePart10({ StudyInstanceUID, SeriesInstanceUID });
    const id = await upload(image.part10);
    const other = await upload(beside.part10);
    assert.equal(await pacs.erase(id), true);
    assert.equal(await pacs.erase(id), false);
    assert.equal(await pacs.identify(id), undefined);
    assert.ok(await pacs.identify(other));
  });
}

function describeReading(current: () => ArchiveUnderTest): void {
  it('finds instances by UID, by list of UIDs, by wildcard and by nothing that matches', async () => {
    const { pacs, upload } = current();
    const PatientID = `FIND-${freshUid()}`;
    const StudyInstanceUID = freshUid();
    const images = [1, 2, 3].map(() => makePart10({ PatientID, StudyInstanceUID }));
    for (const { part10 } of images) await upload(part10);
    const uids = images.map(({ SOPInstanceUID }) => SOPInstanceUID);
    const find = async (query: Record<string, string>) =>
      (await pacs.findInstances(query)).map((row) => textOf(row, Tag.SOPInstanceUID));
    assert.deepEqual(await find({ SOPInstanceUID: uids[0] ?? '' }), uids.slice(0, 1));
    assert.deepEqual(new Set(await find({ StudyInstanceUID })), new Set(uids));
    assert.deepEqual(new Set(await find({ '0020000D': StudyInstanceUID })), new Set(uids));
    const two = await find({ SOPInstanceUID: uids.slice(1).join(',') });
    assert.deepEqual(new Set(two), new Set(uids.slice(1)));
    assert.equal((await find({ PatientID: `${PatientID.slice(0, -2)}*` })).length, 3);
    assert.equal((await find({ StudyInstanceUID, limit: '2' })).length, 2);
    assert.equal((await find({ StudyInstanceUID, limit: '2', offset: '2' })).length, 1);
    assert.deepEqual(await find({ SOPInstanceUID: freshUid() }), []);
  });

  it('refuses to search by a key that DICOM does not know', async () => {
    await rejects(current().pacs.findInstances({ SopInstanceUid: '1.2.3' }), 'INTERNAL');
  });

  it('gives metadata with the patient, without pixels', async () => {
    const { pacs, upload } = current();
    const image = makePart10({ PatientName: Buffer.from('Müller^Zoë') });
    await upload(image.part10);
    const dataset = await pacs.metadata(refOf(image));
    assert.deepEqual(dataset?.[Tag.PatientName], {
      vr: 'PN',
      Value: [{ Alphabetic: 'Müller^Zoë' }],
    });
    assert.deepEqual(uidsOf(dataset), refOf(image));
    assert.equal(dataset[Tag.PixelData]?.InlineBinary, undefined);
  });

  it('gives the metadata of every image of a study, and none of a study that is not there', async () => {
    const { pacs, upload } = current();
    const image = makePart10();
    const { StudyInstanceUID } = image;
    const other = makePart10({ StudyInstanceUID });
    for (const { part10 } of [image, other, makePart10()]) await upload(part10);
    const study = await pacs.studyMetadata(StudyInstanceUID);
    const uids = study.map((dataset) => uidsOf(dataset).SOPInstanceUID).sort();
    assert.deepEqual(uids, [image.SOPInstanceUID, other.SOPInstanceUID].sort());
    assert.deepEqual(study[0]?.[Tag.Rows]?.Value, [16]);
    assert.deepEqual(await pacs.studyMetadata(freshUid()), []);
  });

  it('gives back the very bytes that were uploaded', async () => {
    const { pacs, upload } = current();
    const image = makePart10({ side: 100 });
    await upload(image.part10);
    assert.ok(sameBytes(await pacs.retrieve(refOf(image)), image.part10));
  });

  it('has nothing for an instance that is gone, or that stands in another study', async () => {
    const archive = current();
    const image = makePart10();
    const id = await archive.upload(image.part10);
    const elsewhere = { ...refOf(image), StudyInstanceUID: freshUid() };
    assert.equal(await archive.pacs.retrieve(elsewhere), undefined);
    assert.equal(await archive.pacs.metadata(elsewhere), undefined);
    await archive.delete(id);
    assert.equal(await archive.pacs.retrieve(refOf(image)), undefined);
    assert.equal(await archive.pacs.metadata(refOf(image)), undefined);
  });

  it('knows from its index what it holds, and how large the file is', async () => {
    const { pacs, upload } = current();
    const image = makePart10();
    assert.equal(await pacs.holding(image), undefined);
    await upload(image.part10);
    const held = await pacs.holding(image);
    assert.equal(held?.bytes, image.part10.length);
    assert.deepEqual(await pacs.holding(image), held);
    assert.equal(await pacs.holding({ ...image, SeriesInstanceUID: freshUid() }), undefined);
  });

  it('knows what it holds for one patient, and finds it by its UIDs where it is told another', async () => {
    const { pacs, upload } = current();
    const image = makePart10({ PatientID: 'ONE' });
    assert.equal(await pacs.holding(image, 'ONE'), undefined);
    await upload(image.part10);
    const held = await pacs.holding(image);
    assert.ok(held);
    assert.deepEqual(await pacs.holding(image, 'ONE'), held);
    assert.deepEqual(await pacs.holding(image, 'OTHER'), held);
    await upload(makePart10({ ...refOf(image), PatientID: 'TWO' }).part10);
    assert.deepEqual(await pacs.holding(image, 'ONE'), held);
    await rejects(pacs.holding(image), 'PACS_NOT_SERVED');
  });

  it('lists the series that stand beside an instance, with their numbers', async () => {
    const { pacs, upload } = current();
    const image = makePart10({ SeriesNumber: 7 });
    const { StudyInstanceUID, SeriesInstanceUID } = image;
    assert.deepEqual(await pacs.seriesBeside(image), []);
    const other = makePart10({ StudyInstanceUID });
    for (const { part10 } of [image, other, makePart10({ SeriesNumber: 9 })]) await upload(part10);
    const series = await pacs.seriesBeside(image);
    assert.deepEqual(
      new Map(series.map((each) => [each.SeriesInstanceUID, each.SeriesNumber])),
      new Map([
        [SeriesInstanceUID, 7],
        [other.SeriesInstanceUID, undefined],
      ]),
    );
  });

  it('recalls what it described, without asking', async () => {
    const { pacs, upload } = current();
    const image = makePart10();
    const id = await upload(image.part10);
    const described = await pacs.describe(id);
    assert.deepEqual(pacs.recall(id), described?.source);
    assert.equal(pacs.recall('no-such-id'), undefined);
  });

  it('gives back the very bytes also of an instance that it identified before', async () => {
    const { pacs, upload } = current();
    const image = makePart10();
    const id = await upload(image.part10);
    await pacs.identify(id);
    assert.deepEqual(Buffer.from((await pacs.retrieve(image)) ?? []), Buffer.from(image.part10));
    await current().delete(id);
    assert.equal(await pacs.retrieve(image), undefined);
  });

  it('refuses a reference with an empty UID', async () => {
    const ref = { ...refOf(makePart10()), SeriesInstanceUID: '' };
    await rejects(current().pacs.retrieve(ref), 'MISSING_UID');
    await rejects(current().pacs.metadata(ref), 'MISSING_UID');
  });

  it('says that an instance held for two patients cannot be served', async () => {
    const { pacs, upload } = current();
    const image = makePart10({ PatientID: 'ONE' });
    await upload(image.part10);
    await upload(makePart10({ ...refOf(image), PatientID: 'TWO' }).part10);
    await rejects(pacs.retrieve(refOf(image)), 'PACS_NOT_SERVED');
    await rejects(pacs.metadata(refOf(image)), 'PACS_NOT_SERVED');
  });
}

function describeStoring(current: () => ArchiveUnderTest): void {
  it('stores what can then be found and retrieved byte for byte', async () => {
    const { pacs } = current();
    const image = makePart10({ side: 100 });
    await pacs.store(encoded(image));
    assert.equal((await pacs.findInstances({ SOPInstanceUID: image.SOPInstanceUID })).length, 1);
    assert.ok(sameBytes(await pacs.retrieve(refOf(image)), image.part10));
  });

  it('sends the right bytes from shared memory and from the middle of a pool', async () => {
    const { pacs } = current();
    const image = makePart10({ side: 100 });
    const shared = new Uint8Array(new SharedArrayBuffer(image.part10.length + 10), 3);
    shared.set(image.part10);
    const pool = Buffer.alloc(image.part10.length + 64, 0xee);
    pool.set(image.part10, 32);
    const header = pool.subarray(32, 232);
    const rest = shared.subarray(200, image.part10.length);
    await pacs.store({ ...encoded(image), ...joined([header, new Uint8Array(0), rest]) });
    assert.ok(sameBytes(await pacs.retrieve(refOf(image)), image.part10));
  });

  it('keeps the first of two objects with one UID and accepts both', async () => {
    const { pacs } = current();
    const first = makePart10({ Modality: 'DX' });
    const second = makePart10({ ...refOf(first), Modality: 'OT' });
    await pacs.store(encoded(first));
    await pacs.store(encoded(second));
    assert.ok(sameBytes(await pacs.retrieve(refOf(first)), first.part10));
  });

  it('leaves one instance after eight parallel stores', async () => {
    const { pacs } = current();
    const since = await newest(pacs);
    const image = makePart10({ side: 200 });
    await Promise.all(Array.from({ length: 8 }, () => pacs.store(encoded(image))));
    const { changes } = await pacs.changes(since, 100);
    assert.equal(changes.filter(isNewInstance).length, 1);
    assert.equal((await pacs.findInstances({ SOPInstanceUID: image.SOPInstanceUID })).length, 1);
  });

  it('puts an object with another patient ID into a second study of the same UID', async () => {
    const archive = current();
    const image = makePart10({ PatientID: 'ONE' });
    const stray = makePart10({ StudyInstanceUID: image.StudyInstanceUID, PatientID: 'TWO' });
    const id = await archive.upload(image.part10);
    const since = await newest(archive.pacs);
    await archive.pacs.store(encoded(stray));
    const strayId = (await archive.pacs.changes(since, 1)).changes[0]?.orthancId ?? '';
    const studies = [await archive.pacs.identify(id), await archive.pacs.identify(strayId)];
    assert.equal(studies[0]?.StudyInstanceUID, studies[1]?.StudyInstanceUID);
    assert.notEqual(studies[0]?.studyOrthancId, studies[1]?.studyOrthancId);
    assert.ok(sameBytes(await archive.pacs.retrieve(refOf(stray)), stray.part10));
  });

  it('does not take an answer about another instance for its own', async () => {
    const image = makePart10();
    const claimed = { ...encoded(image), SOPInstanceUID: freshUid() };
    await rejects(current().pacs.store(claimed), 'STORE_UNVERIFIED');
  });
}

/** The newest change of the archive: where a cursor stands that has seen everything. */
async function newest(feed: ChangeFeed): Promise<number> {
  for (let cursor = 0; ;) {
    const { last, done } = await feed.changes(cursor, 1000);
    if (done) return last;
    cursor = last;
  }
}

const isNewInstance = ({ type }: { readonly type: string }) => type === 'NewInstance';

export function refOf({ StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID }: InstanceRef) {
  return { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID };
}

function uidsOf(dataset: DicomDataset) {
  return {
    StudyInstanceUID: textOf(dataset, Tag.StudyInstanceUID),
    SeriesInstanceUID: textOf(dataset, Tag.SeriesInstanceUID),
    SOPInstanceUID: textOf(dataset, Tag.SOPInstanceUID),
  };
}

export function encoded({ part10, ...ref }: Synthetic): EncodedInstance {
  return { ...ref, ...joined([part10]) };
}

export function sameBytes(actual: Uint8Array | undefined, expected: Uint8Array): boolean {
  return actual !== undefined && Buffer.compare(actual, expected) === 0;
}

export async function rejects(attempt: Promise<unknown>, code: ErrorCode, message?: RegExp) {
  await assert.rejects(attempt, (thrown: Error & { code?: string }) => {
    assert.equal(thrown.code, code, thrown.message);
    if (message) assert.match(thrown.message, message);
    return true;
  });
}
