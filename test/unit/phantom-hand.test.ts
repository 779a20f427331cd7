import assert from 'node:assert/strict';
import { makeHandPhantom } from '../../src/phantom/hand-phantom.js';

describe('hand phantom', () => {
  it('shows bone brighter than flesh, and flesh brighter than air', () => {
    const { samples, Columns, Rows } = makeHandPhantom({ seed: 1, Columns: 180, Rows: 216 });
    const at = (x: number, y: number) =>
      samples[Math.round(y * Rows) * Columns + Math.round(x * Columns)] ?? 0;
    const [bone, flesh, air] = [at(0.46, 0.9), at(0.53, 0.83), at(0.1, 0.9)];
    assert.ok(bone > flesh + 400, `${bone} ${flesh}`);
    assert.ok(flesh > air + 400, `${flesh} ${air}`);
  });

  it('makes the same samples from the same seed', () => {
    const make = () => makeHandPhantom({ seed: 3, Columns: 90, Rows: 108 }).samples;
    assert.deepEqual(make(), make());
  });
});
