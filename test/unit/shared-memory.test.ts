import assert from 'node:assert/strict';
import { SharedMemory } from '../../src/adapters/shared-memory.js';

describe('shared memory', () => {
  it('hands out again what was given back', () => {
    const memory = new SharedMemory(2);
    const first = memory.take(1000);
    memory.give(first);
    const second = memory.take(900);
    assert.equal(second.buffer, first.buffer);
    assert.equal(second.length, 900);
  });

  it('gives no block to two users', () => {
    const memory = new SharedMemory(4);
    const first = memory.take(1000);
    memory.give(first);
    memory.give(first);
    assert.notEqual(memory.take(1000).buffer, memory.take(1000).buffer);
  });

  it('takes the smallest block that fits, and wastes no large one on little', () => {
    const memory = new SharedMemory(4);
    const [small, large] = [memory.take(1000), memory.take(2000)];
    memory.give(large);
    memory.give(small);
    assert.equal(memory.take(950).buffer, small.buffer);
    assert.equal(memory.take(100).buffer.byteLength, 100);
    assert.equal(memory.take(1300).buffer, large.buffer);
  });

  it('needs two blocks for an image, and no more for many: its file lies where its colour will', () => {
    const memory = new SharedMemory(6);
    const blocks = new Set<ArrayBufferLike>();
    const take = (bytes: number) => {
      const block = memory.take(bytes);
      blocks.add(block.buffer);
      return block;
    };
    const image = () => {
      const [file, grey] = [take(15_000), take(7_500)];
      memory.give(file);
      const colour = take(22_500);
      memory.give(colour);
      memory.give(grey);
    };
    image();
    // Of the first file nobody knew yet what would be drawn.
    blocks.clear();
    for (let count = 0; count < 100; count++) image();
    assert.equal(blocks.size, 2);
    assert.equal(memory.freeBytes, 30_000);
  });

  it('lets go what has lain unused for many images: blocks of a burst, and of sizes that come no more', () => {
    const memory = new SharedMemory(6);
    const image = (pixels: number) => {
      const [grey, colour] = [memory.take(pixels), memory.take(3 * pixels)];
      return () => {
        memory.give(grey);
        memory.give(colour);
      };
    };
    for (const release of [image(10_000), image(10_000)]) release();
    assert.equal(memory.freeBytes, 80_000);
    for (let count = 0; count < 20; count++) image(10_000)();
    assert.equal(memory.freeBytes, 40_000);
    for (let count = 0; count < 20; count++) image(500)();
    assert.equal(memory.freeBytes, 2_000);
  });

  it('keeps a bounded number of blocks, the newest', () => {
    const memory = new SharedMemory(2);
    const blocks = [1000, 10_000, 100_000].map((bytes) => memory.take(bytes));
    for (const block of blocks) memory.give(block);
    const again = [1000, 10_000, 100_000].map((bytes) => memory.take(bytes).buffer);
    assert.deepEqual(
      again.map((buffer, at) => buffer === blocks[at]?.buffer),
      [false, true, true],
    );
  });

  it('leaves memory of other kinds to the collector', () => {
    const memory = new SharedMemory(2);
    const own = new Uint8Array(1000);
    memory.give(own);
    assert.notEqual(memory.take(1000).buffer, own.buffer);
  });
});
