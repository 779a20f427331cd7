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
    assert.equal(memory.take(950).buffer, large.buffer);
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
