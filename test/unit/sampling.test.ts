import assert from 'node:assert/strict';
import { drawOf, murmurHash3 } from '../../src/domain/sampling.js';

describe('sampling', () => {
  it("hashes as Appleby's MurmurHash3_x86_32 does", () => {
    // From the verification of other implementations (smhasher, Guava): seed 0.
    const known: readonly [string, number][] = [
      ['', 0],
      ['hello', 0x248bfa47],
      ['hello, world', 0x149bbb7f],
      ['The quick brown fox jumps over the lazy dog', 0x2e4ff723],
    ];
    for (const [text, hash] of known) assert.equal(murmurHash3(text), hash, text);
  });

  const uids = Array.from({ length: 20_000 }, (_, n) => `1.2.826.0.1.3680043.8.498.${n}`);

  it('spreads UIDs that follow each other evenly', () => {
    const tenths = new Array<number>(10).fill(0);
    for (const uid of uids) tenths[Math.floor(drawOf(uid, '') / 10)]! += 1;
    const expected = uids.length / 10;
    const chiSquare = tenths.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
    // Above 27.88 with probability 0.001 for 9 degrees of freedom.
    assert.ok(chiSquare < 27.88, `${chiSquare}: ${tenths.join(' ')}`);
  });

  it('draws independent samples with different salts', () => {
    const both = uids.filter((uid) => drawOf(uid, '') < 10 && drawOf(uid, 'b') < 10).length;
    // 1 % of 20,000, five standard deviations either way.
    assert.ok(Math.abs(both - 200) < 71, String(both));
  });

  it('draws the same for ever', () => {
    assert.equal(drawOf('1.2.3', '').toFixed(4), drawOf('1.2.3', '').toFixed(4));
    assert.ok(uids.every((uid) => drawOf(uid, '') >= 0 && drawOf(uid, '') < 100));
  });
});
