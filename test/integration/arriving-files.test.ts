import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Arrival } from '../../src/adapters/orthanc/arrival.js';
import { SharedMemory } from '../../src/adapters/shared-memory.js';
import { createPicturePool } from '../../src/adapters/threads/picture-pool.js';
import { ColouriseError } from '../../src/domain/errors.js';
import { makeChestPhantom } from '../../src/phantom/chest-phantom.js';
import { phantomInstance } from '../../src/phantom/phantom-instance.js';
import type { ArrivingFile } from '../../src/ports/arriving-file.js';
import type { Picture, Pictures } from '../../src/ports/pictures.js';
import { convertPart10, makePart10 } from '../support/part10.js';
import { temporaryFolder } from '../support/process.js';

const how = {
  thumbnails: [
    { rows: 256, columns: 256 },
    { rows: 64, columns: 64 },
  ],
  window: 1,
};
const pieceBytes = 50_000;
const decodeTimeoutMs = 1_500;

/** A file that is fed piece by piece onto memory full of rubbish. */
function feed(part10: Uint8Array, pauseMs: number, breaksAfter = Infinity): ArrivingFile {
  const bytes = new Uint8Array(new SharedArrayBuffer(part10.length)).fill(0xab);
  const arrival = new Arrival(part10.length);
  const whole = (async () => {
    for (let at = 0; at < part10.length; at += pieceBytes) {
      await pause(pauseMs);
      if (at >= breaksAfter) {
        arrival.brokeOff();
        // The reader's complaint comes first.
        await pause(100);
        throw new ColouriseError('PACS_UNAVAILABLE', 'the connection broke off');
      }
      bytes.set(part10.subarray(at, at + pieceBytes), at);
      arrival.reached(Math.min(part10.length, at + pieceBytes));
    }
  })();
  whole.catch(() => undefined);
  return { bytes, arrived: arrival.arrived, whole };
}

function phantom(): Uint8Array {
  return phantomInstance(makeChestPhantom({ Columns: 500, Rows: 603, seed: 3 }), {
    PatientName: 'Phantom^Test',
    PatientID: 'PHANTOM',
    StudyInstanceUID: '2.25.21',
    SeriesInstanceUID: '2.25.22',
    SOPInstanceUID: '2.25.23',
  });
}

/** More in front of the pixels than a reader takes for the usual head. */
function withLongHead(part10: Uint8Array): Uint8Array {
  const folder = temporaryFolder();
  const [file, document] = [join(folder, 'long.dcm'), join(folder, 'document')];
  writeFileSync(file, part10);
  writeFileSync(document, Buffer.alloc(200_000, 7));
  execFileSync('dcmodify', ['--no-backup', '--insert-from-file', `(0042,0011)=${document}`, file]);
  return readFileSync(file);
}

describe('a file that is read while it arrives', () => {
  let pictures: Pictures;
  before(() => {
    const memory = new SharedMemory(8);
    pictures = createPicturePool({ threads: 1, maxPixels: 2 ** 22, decodeTimeoutMs, memory });
  });
  after(() => pictures.close());

  const read = async (file: Uint8Array | ArrivingFile): Promise<Picture> => {
    const picture = await pictures.read(file, how);
    assert.ok('image' in picture, 'the picture was skipped');
    return picture;
  };

  const files: Readonly<Record<string, () => Uint8Array>> = {
    'uncompressed with a window': phantom,
    'uncompressed without one': () => makePart10({ side: 600 }).part10,
    'in big endian': () => convertPart10(phantom(), 'dcmconv', ['+tb']),
    'with a long head': () => withLongHead(phantom()),
    'in RLE': () => convertPart10(phantom(), 'dcmcrle', []),
    deflated: () => convertPart10(phantom(), 'dcmconv', ['+td']),
  };
  for (const [name, make] of Object.entries(files)) {
    it(`comes out the same to the bit as one that was there: ${name}`, async () => {
      const part10 = make();
      const whole = await read(Uint8Array.from(part10));
      const arriving = await read(feed(part10, 2));
      assert.deepEqual(arriving.image, whole.image);
      assert.deepEqual(arriving.thumbnails, whole.thumbnails);
      assert.deepEqual(arriving.attributes, whole.attributes);
      assert.equal(arriving.window, whole.window);
    });
  }

  it('that breaks off is the fault of the connection, and costs the next one nothing', async () => {
    const part10 = phantom();
    for (const breaksAfter of [0, 100_000, 400_000]) {
      await assert.rejects(read(feed(part10, 2, breaksAfter)), { code: 'PACS_UNAVAILABLE' });
    }
    assert.equal((await read(Uint8Array.from(part10))).image.Rows, 603);
  });

  it('may take longer to arrive than a file may take to read', async () => {
    const part10 = phantom();
    const pieces = Math.ceil(part10.length / pieceBytes);
    const picture = await read(feed(part10, (1.3 * decodeTimeoutMs) / pieces));
    assert.equal(picture.image.Columns, 500);
  });
});
