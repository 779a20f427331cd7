import assert from 'node:assert/strict';
import type { LungMap } from '../../src/imaging/lungs.js';
import type { QuarterTurns } from '../../src/imaging/turn.js';
import { recogniseChest } from '../../src/pipeline/recognise.js';

/** Two upright bars of lung, seen with this clarity; none for 0. */
function twoLungs(clarity: number): LungMap {
  const lungs = Float32Array.from({ length: 64 * 64 }, (_, index) => {
    const column = index % 64;
    const isLung = (column >= 10 && column < 25) || (column >= 39 && column < 54);
    return clarity > 0 && isLung ? (1 + clarity) / 2 : 0;
  });
  return { rows: 64, columns: 64, lungs };
}

/** Recognises a picture that shows two lungs so clearly after 0, 1, 2 and 3 quarter turns. */
async function recognise(...clarities: readonly [number, number, number, number]) {
  const looks: QuarterTurns[] = [];
  const found = await recogniseChest((turns) => {
    looks.push(turns);
    return Promise.resolve(twoLungs(clarities[turns]));
  });
  return { code: found?.code, reason: found?.reason, looks };
}

describe('recognising an upright chest', () => {
  it('accepts clear lungs at the first look', async () => {
    const { code, looks } = await recognise(0.9, 0, 0.95, 0);
    assert.deepEqual([code, looks], [undefined, [0]]);
  });

  it('turns a doubtful picture over once and keeps it when that is no clearer', async () => {
    const { code, looks } = await recognise(0.8, 0, 0.79, 0);
    assert.deepEqual([code, looks], [undefined, [0, 2]]);
  });

  it('takes a picture as it was stored when both ways are about as clear', async () => {
    assert.equal((await recognise(0.8, 0, 0.81, 0)).code, undefined);
  });

  it('tells a picture that is clearer turned over', async () => {
    const { code, reason } = await recognise(0.78, 0, 0.9, 0);
    assert.equal(code, 'UPSIDE_DOWN');
    assert.match(reason ?? '', /0\.90, as stored 0\.78/);
  });

  it('tells which way a picture on its side must be turned', async () => {
    const clockwise = await recognise(0, 0.9, 0, 0.8);
    assert.equal(clockwise.code, 'ROTATED');
    assert.match(clockwise.reason ?? '', /by 90° clockwise/);
    const anticlockwise = await recognise(0, 0.8, 0, 0.9);
    assert.match(anticlockwise.reason ?? '', /by 90° anticlockwise/);
  });

  it('finds no lungs only after all four looks, and says what was missing', async () => {
    const { code, reason, looks } = await recognise(0, 0, 0, 0);
    assert.deepEqual([code, looks], ['NO_LUNGS', [0, 2, 1, 3]]);
    assert.equal(reason, 'no lungs found: nothing looks like lung');
  });

  it('does not trust vague lungs, whichever way they stand', async () => {
    const { code, reason } = await recognise(0.6, 0.7, 0.6, 0.7);
    assert.equal(code, 'NO_LUNGS');
    assert.match(reason ?? '', /too vague/);
  });
});
