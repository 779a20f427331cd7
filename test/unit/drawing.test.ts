import assert from 'node:assert/strict';
import { SharedMemory } from '../../src/adapters/shared-memory.js';
import { startDrawing } from '../../src/adapters/threads/drawing.js';
import type { RowRange } from '../../src/imaging/fuse-evidence.js';
import { gathered } from '../../src/ports/byte-source.js';

const bytesOfRow = 6;
const bands: readonly RowRange[] = [
  { first: 0, end: 4 },
  { first: 4, end: 8 },
  { first: 8, end: 9 },
];
const wanted = Uint8Array.from({ length: 9 * bytesOfRow }, (_, at) => Math.floor(at / bytesOfRow));

/** Each row is filled with its number; what was drawn is kept, as are the changes of how many are drawn in bands. */
function easel({ failsAt = Infinity, of = bands } = {}) {
  const memory = new SharedMemory(8);
  const drawn: number[] = [];
  let inBands = 0;
  const drawing = startDrawing({
    bytesOfRow,
    bands: of,
    memory,
    async draw({ first, end }, rgb) {
      await Promise.resolve();
      if (end > failsAt) throw new Error('a row that cannot be drawn');
      assert.equal(rgb.length, (end - first) * bytesOfRow);
      for (let row = first; row < end; row++) {
        rgb.fill(row, (row - first) * bytesOfRow, (row + 1 - first) * bytesOfRow);
      }
      drawn.push(first);
    },
    onBands: (change) => (inBands += change),
  });
  return { memory, drawing, drawn, inBands: () => inBands };
}

describe('a picture that is drawn while its parts are read', () => {
  it('comes whole, in order, again if asked again, and on two bands of memory', async () => {
    const { drawing, memory, inBands } = easel();
    assert.equal(drawing.byteLength, wanted.length);
    for (let time = 0; time < 3; time++) assert.deepEqual(await gathered(drawing), wanted);
    assert.equal(memory.freeBytes, 2 * 4 * bytesOfRow);
    assert.equal(inBands(), 0);
  });

  it('draws no further ahead than the next part, and leaves the one that is read alone', async () => {
    const { drawing, drawn, inBands } = easel();
    let row = 0;
    for await (const part of drawing.parts()) {
      await new Promise(setImmediate);
      assert.equal(inBands(), 1);
      assert.ok(drawn.length <= bands.findIndex(({ end }) => end > row) + 2);
      assert.ok(part.every((byte, at) => byte === row + Math.floor(at / bytesOfRow)));
      row += part.length / bytesOfRow;
    }
    assert.equal(row, 9);
  });

  it('begins with its first part, which is not drawn again', async () => {
    const { drawing, drawn } = easel();
    await drawing.begin();
    assert.deepEqual(drawn, [0]);
    assert.deepEqual(await gathered(drawing), wanted);
    assert.deepEqual(drawn, [0, 4, 8]);
  });

  it('gives its memory back when nobody reads on, or at all', async () => {
    const { drawing, memory, inBands } = easel();
    for await (const part of drawing.parts()) {
      assert.ok(part.length > 0);
      break;
    }
    assert.equal(inBands(), 0);
    assert.equal(memory.freeBytes, 2 * 4 * bytesOfRow);
    await drawing.begin();
    assert.equal(memory.freeBytes, 0);
    drawing.release();
    await new Promise(setImmediate);
    assert.equal(memory.freeBytes, 2 * 4 * bytesOfRow);
  });

  it('throws what went wrong where it is read, and leaves memory that may still be written on', async () => {
    const { drawing, memory, inBands } = easel({ failsAt: 4 });
    await drawing.begin();
    await assert.rejects(gathered(drawing), /cannot be drawn/);
    await assert.rejects(drawing.whole(), /cannot be drawn/);
    drawing.release();
    await new Promise(setImmediate);
    assert.equal(memory.freeBytes, 0);
    assert.equal(inBands(), 0);
  });

  it('is drawn once where all of it is wanted, and its parts are then views of it', async () => {
    const { drawing, memory, drawn } = easel();
    const whole = await drawing.whole();
    assert.deepEqual(Uint8Array.from(whole), wanted);
    assert.deepEqual(await gathered(drawing), wanted);
    assert.deepEqual(drawn, [0]);
    drawing.release();
    await new Promise(setImmediate);
    assert.equal(memory.freeBytes, wanted.length);
  });

  it('is one part where something is laid over all of it', async () => {
    const { drawing, drawn } = easel({ of: [{ first: 0, end: 9 }] });
    await drawing.begin();
    assert.deepEqual(await gathered(drawing), wanted);
    assert.deepEqual(drawn, [0]);
  });
});
