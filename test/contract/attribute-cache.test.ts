import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createMemoryAttributeCache } from '../../src/adapters/memory/attribute-cache.js';
import { openAttributeCache } from '../../src/adapters/sqlite/attribute-cache.js';
import type { AttributeCache, KeptStudy } from '../../src/ports/attribute-cache.js';
import { dataset } from '../support/datasets.js';
import { temporaryFolder } from '../support/process.js';

function study(n: number, more: Partial<KeptStudy> = {}): KeptStudy {
  return {
    orthancId: `study-${n}`,
    lastUpdate: new Date(Date.UTC(2026, 0, 1, n)),
    paths: ['00080060', '00185101'],
    identifying: [],
    arrival: true,
    images: [
      {
        StudyInstanceUID: `1.2.${n}`,
        SeriesInstanceUID: `1.3.${n}`,
        SOPInstanceUID: `1.4.${n}`,
        own: false,
        attributes: dataset({ Modality: 'DX', ImageType: ['ORIGINAL', 'PRIMARY'] }),
        reception: { receivedAt: new Date(Date.UTC(2026, 0, 1, n)), remoteAE: 'CR1' },
      },
    ],
    ...more,
  };
}

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

function attributeCacheContract(name: string, open: (mostImages: number) => AttributeCache): void {
  describe(`AttributeCache: ${name}`, () => {
    let cache: AttributeCache;
    const begin = (mostImages = 100) => {
      cache = open(mostImages);
    };
    afterEach(() => {
      cache.close();
    });

    it('gives back what it keeps, and the last of what was kept twice', () => {
      begin();
      cache.keep(study(1));
      assert.deepEqual(cache.find('study-1'), study(1));
      cache.keep(study(1, { images: [] }));
      assert.deepEqual(cache.find('study-1')?.images, []);
      assert.equal(cache.find('study-2'), undefined);
      const { orthancId, paths, identifying, arrival, images } = study(3);
      const timeless = { orthancId, paths, identifying, arrival, images };
      cache.keep(timeless);
      assert.deepEqual(cache.find('study-3'), timeless);
    });

    it('makes room for the newest', () => {
      begin(20);
      for (const n of numbers(50)) cache.keep(study(n));
      const held = numbers(50).filter((n) => cache.find(`study-${n}`));
      assert.ok(held.length <= 20 && held.length >= 17, String(held.length));
      assert.equal(held.at(-1), 49);
      assert.equal(held[0], 50 - held.length);
    });

    it('forgets the studies that hold an identifying attribute which is not wanted', () => {
      begin();
      cache.keep(study(1));
      cache.keep(study(2, { identifying: ['00100010'] }));
      cache.keep(study(3, { identifying: ['00100010', '00100020'] }));
      cache.forgetIdentifying(['00100010']);
      assert.deepEqual(
        numbers(4).map((n) => cache.find(`study-${n}`) !== undefined),
        [false, true, true, false],
      );
      cache.forgetIdentifying([]);
      assert.equal(cache.find('study-2'), undefined);
      assert.ok(cache.find('study-1'));
    });
  });
}

attributeCacheContract('in memory', createMemoryAttributeCache);
attributeCacheContract('SQLite', (mostImages) => openAttributeCache(temporaryFolder(), mostImages));

describe('the attribute cache on disk', () => {
  it('is read by its owner alone, survives its process, and leaves no trace of what it forgot', () => {
    const folder = temporaryFolder();
    const file = join(folder, 'rehearsal.db');
    const first = openAttributeCache(folder, 100);
    const [image] = study(1).images;
    assert.ok(image);
    const named = { ...image, attributes: dataset({ PatientName: [{ Alphabetic: 'Doe^Jane' }] }) };
    first.keep(study(1, { identifying: ['00100010'], images: [named] }));
    first.close();
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.match(readFileSync(file, 'latin1'), /Doe\^Jane/);
    const second = openAttributeCache(folder, 100);
    assert.deepEqual(second.find('study-1')?.images, [named]);
    second.forgetIdentifying([]);
    second.close();
    assert.doesNotMatch(readFileSync(file, 'latin1'), /Doe\^Jane/);
  });

  it('begins anew over a file that is broken', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'rehearsal.db'), 'no database at all'.repeat(500));
    const cache = openAttributeCache(folder, 100);
    cache.keep(study(1));
    assert.ok(cache.find('study-1'));
    cache.close();
  });

  it('says so when its folder cannot be written', () => {
    const file = join(temporaryFolder(), 'no-folder');
    writeFileSync(file, '');
    assert.throws(() => openAttributeCache(file, 100), { code: 'QUEUE_UNAVAILABLE' });
  });
});
