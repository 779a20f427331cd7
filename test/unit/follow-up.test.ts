import assert from 'node:assert/strict';
import { fuseEvidence } from '../../src/imaging/fuse-evidence.js';
import { paletteTable } from '../../src/imaging/palette.js';

const side = 16;
type Film = { readonly Rows: number; readonly Columns: number; readonly grey: Uint8Array };

function film(Rows: number, Columns: number, grey: number): Film {
  return { Rows, Columns, grey: new Uint8Array(Rows * Columns).fill(grey) };
}

function evidence(left: number, right: number) {
  const map = Float32Array.from({ length: side * side }, (_, at) => (at % side < 8 ? left : right));
  return { kind: 'evidence', rows: side, columns: side, evidence: map } as const;
}

/** The colour in the middle of the left half. */
function colourOf(image: Film, map: ReturnType<typeof evidence>): readonly number[] {
  const rgb = new Uint8Array(3 * image.Rows * image.Columns);
  fuseEvidence(image, map, paletteTable('magenta', 0.8), rgb);
  const at = 3 * (Math.floor(image.Rows / 2) * image.Columns + Math.floor(image.Columns / 4));
  return [...rgb.subarray(at, at + 3)];
}

describe('films of one patient', () => {
  it('show the same evidence in the same colour, whatever else is in the picture', () => {
    for (const strength of [0.05, 0.4, 1]) {
      const alone = colourOf(film(320, 240, 120), evidence(strength, 0));
      const besideMore = colourOf(film(320, 240, 120), evidence(strength, 1));
      const larger = colourOf(film(1600, 1200, 120), evidence(strength, 0.2));
      assert.deepEqual(besideMore, alone);
      assert.deepEqual(larger, alone);
    }
  });
});
