import assert from 'node:assert/strict';
import { createMemoryPacs, type MemoryPacs } from '../../src/adapters/memory/memory-pacs.js';
import {
  inventoryImages,
  inventoryStudies,
  type InventoryOptions,
  type InventoryPosition,
} from '../../src/bulk/inventory.js';
import { makeChestPhantom } from '../../src/phantom/chest-phantom.js';
import { phantomInstance } from '../../src/phantom/phantom-instance.js';

const phantom = makeChestPhantom({ seed: 1, Columns: 64, Rows: 64, opacity: 'none' });
const day = (number: number) => new Date(Date.UTC(2026, 0, number));

describe('the inventory of the archive', () => {
  let archive: MemoryPacs;
  let today: Date;

  beforeEach(() => {
    archive = createMemoryPacs(() => today);
    today = day(1);
  });

  /** Studies are named by small numbers; all images of one stand in one series. */
  const upload = (study: number, image: number, StudyDate = '20260101') =>
    archive.upload(
      phantomInstance(phantom, {
        PatientName: 'Nobody',
        PatientID: `P${study}`,
        StudyDate,
        StudyInstanceUID: `1.2.${study}`,
        SeriesInstanceUID: `1.3.${study}`,
        SOPInstanceUID: `1.4.${study}.${image}`,
      }),
    );
  const read = async (options: Partial<InventoryOptions> = {}) => {
    const seen: string[] = [];
    const images = inventoryImages(archive, { since: day(1), pageSize: 3, ...options });
    for await (const { SOPInstanceUID } of images) seen.push(SOPInstanceUID);
    return seen;
  };
  const fill = (studies: number) => Array.from({ length: studies }, (_, at) => upload(at, 1));
  const named = (...studies: number[]) => studies.map((study) => `1.4.${study}.1`);

  it('gives each image of each page once', async () => {
    fill(8);
    upload(4, 2);
    assert.deepEqual((await read()).sort(), [...named(0, 1, 2, 3, 4, 5, 6, 7), '1.4.4.2'].sort());
  });

  it('gives nothing of an empty archive', async () => {
    assert.deepEqual(await read(), []);
  });

  it('goes by arrival: takes an old study into which an image came late, and leaves out the rest', async () => {
    fill(3);
    today = day(20);
    upload(1, 2, '19991231');
    upload(9, 1, '19991231');
    assert.deepEqual((await read({ since: day(10) })).sort(), ['1.4.1.1', '1.4.1.2', '1.4.9.1']);
  });

  it('takes what came in the very second from which it looks', async () => {
    upload(1, 1);
    assert.equal((await read({ since: new Date(day(1).getTime() + 999) })).length, 1);
    assert.equal((await read({ since: new Date(day(1).getTime() + 1000) })).length, 0);
  });

  it('misses nothing when studies before its place are deleted on the way', async () => {
    const ids = fill(10);
    const seen: string[] = [];
    for await (const { study } of inventoryStudies(archive, { since: day(1), pageSize: 3 })) {
      seen.push(study.StudyInstanceUID);
      if (seen.length === 5) for (const id of ids.slice(0, 4)) archive.delete(id);
      if (seen.length === 8) archive.delete(ids[7] ?? '');
    }
    assert.deepEqual(
      [...new Set(seen)],
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((study) => `1.2.${study}`),
    );
  });

  it('goes on behind the study at which it was left, also after deletions', async () => {
    const ids = fill(10);
    let left: InventoryPosition | undefined;
    for await (const { study, position } of inventoryStudies(archive, { since: day(1) })) {
      left = position;
      if (study.StudyInstanceUID === '1.2.6') break;
    }
    assert.deepEqual(left, { offset: 7, last: left?.last });
    assert.deepEqual(await read({ from: left }), named(7, 8, 9));
    for (const id of ids.slice(0, 5)) archive.delete(id);
    assert.deepEqual(await read({ from: left }), named(7, 8, 9));
  });

  it('begins anew when the study at which it was left is gone', async () => {
    fill(7);
    const rest = await read({ from: { offset: 5, last: 'gone' } });
    assert.deepEqual(rest, named(0, 1, 2, 3, 4, 5, 6));
  });

  it('tells how far it is, also where nothing is new enough', async () => {
    fill(7);
    const told: unknown[] = [];
    await read({ since: day(9), onProgress: (progress) => told.push(progress) });
    assert.deepEqual(told.at(-1), { looked: 7, of: 7 });
    assert.equal(told.length, 4, 'a page of three begins with the study seen last');
  });

  it('ends with the reason of its signal', async () => {
    fill(7);
    const stop = new AbortController();
    const reason = new Error('enough');
    const seen: string[] = [];
    await assert.rejects(async () => {
      const images = inventoryImages(archive, {
        since: day(1),
        pageSize: 3,
        signal: stop.signal,
      });
      for await (const { SOPInstanceUID } of images) {
        seen.push(SOPInstanceUID);
        if (seen.length === 2) stop.abort(reason);
      }
    }, reason);
    assert.equal(seen.length, 2);
  });
});
