import assert from 'node:assert/strict';
import { faultOfLungs, type LungMap, measureLungs } from '../../src/imaging/lungs.js';

const side = 64;

interface Ellipse {
  readonly x: number;
  readonly y: number;
  readonly halfWidth: number;
  readonly halfHeight: number;
}

/** Ellipses of lung, in shares of the picture, with one probability inside them. */
function mapOf(ellipses: readonly Ellipse[], probability = 0.95): LungMap {
  const lungs = Float32Array.from({ length: side * side }, (_, index) => {
    const [x, y] = [((index % side) + 0.5) / side, (Math.floor(index / side) + 0.5) / side];
    const inside = ellipses.some(
      (one) => ((x - one.x) / one.halfWidth) ** 2 + ((y - one.y) / one.halfHeight) ** 2 < 1,
    );
    return inside ? probability : 0;
  });
  return { rows: side, columns: side, lungs };
}

const right = { x: 0.3, y: 0.5, halfWidth: 0.15, halfHeight: 0.35 };
const left = { ...right, x: 0.7 };
const faultOf = (...ellipses: readonly Ellipse[]) => faultOfLungs(measureLungs(mapOf(ellipses)));

describe('two lungs in a lung map', () => {
  it('measures two ellipses by their area, their middle and their certainty', () => {
    const lungs = measureLungs(mapOf([right, left]));
    const area = Math.PI * 0.15 * 0.35;
    assert.ok(Math.abs(lungs.left - area) < 0.005, `left ${lungs.left}`);
    assert.ok(Math.abs(lungs.right - area) < 0.005, `right ${lungs.right}`);
    assert.ok(Math.abs(lungs.middle - 0.5) < 0.02, `middle ${lungs.middle}`);
    assert.ok(Math.abs(lungs.clarity - 0.9) < 1e-5, `clarity ${lungs.clarity}`);
    assert.deepEqual([lungs.bridge, lungs.overlap], [0, 1]);
  });

  it('accepts two lungs, small ones, off-centre ones and one shrunk to a half', () => {
    assert.equal(faultOf(right, left), undefined);
    const small = { halfWidth: 0.09, halfHeight: 0.2 };
    assert.equal(faultOf({ ...right, ...small }, { ...left, ...small }), undefined);
    assert.equal(faultOf({ ...right, x: 0.2 }, { ...left, x: 0.55 }), undefined);
    assert.equal(faultOf(right, { ...left, halfHeight: 0.17 }), undefined);
  });

  it('refuses an empty map', () => {
    assert.equal(faultOf(), 'nothing looks like lung');
    assert.equal(measureLungs(mapOf([])).clarity, 0);
  });

  it('refuses a single lung, as half a chest or a lateral film shows', () => {
    const wide = { x: 0.5, y: 0.5, halfWidth: 0.35, halfHeight: 0.3 };
    assert.equal(faultOf(wide), 'nothing divides it into two lungs');
  });

  it('refuses a lung beside a speck', () => {
    const speck = { x: 0.7, y: 0.5, halfWidth: 0.05, halfHeight: 0.05 };
    assert.match(faultOf(right, speck) ?? '', /nothing divides|only one side/);
  });

  it('refuses two blobs that lie diagonally', () => {
    const high = { x: 0.25, y: 0.25, halfWidth: 0.2, halfHeight: 0.2 };
    assert.equal(faultOf(high, { ...high, x: 0.75, y: 0.75 }), 'the lungs do not lie side by side');
  });

  it('refuses lungs that stand one above the other, as in a chest on its side', () => {
    const above = { x: 0.5, y: 0.28, halfWidth: 0.35, halfHeight: 0.15 };
    assert.equal(faultOf(above, { ...above, y: 0.72 }), 'nothing divides it into two lungs');
  });
});
