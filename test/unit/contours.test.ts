import assert from 'node:assert/strict';
import { contourLines, drawContours, lineReach } from '../../src/imaging/contours.js';
import { fuseEvidence } from '../../src/imaging/fuse-evidence.js';
import { lightnessOfRgb } from '../../src/imaging/lab.js';
import { paletteTable } from '../../src/imaging/palette.js';
import {
  splineCells,
  splineDifferences,
  splineRow,
  splineRowsAt,
} from '../../src/imaging/spline-row.js';

const [Rows, Columns, side] = [600, 500, 32];

/** A round hill of evidence: 1 in the middle, falling to 0. */
function hill(centreX = 0.4, centreY = 0.6, radius = 0.3) {
  const evidence = Float32Array.from({ length: side * side }, (_, at) => {
    const [x, y] = [((at % side) + 0.5) / side, (Math.floor(at / side) + 0.5) / side];
    return Math.max(0, 1 - Math.hypot(x - centreX, y - centreY) / radius);
  });
  return { kind: 'evidence', rows: side, columns: side, evidence } as const;
}

/** The field that colour is drawn from, at every pixel. */
function fieldOf({ evidence }: ReturnType<typeof hill>): Float64Array {
  const field = new Float64Array(Rows * Columns);
  const [values, differences] = [new Float64Array(side), new Float64Array(4)];
  for (let row = 0; row < Rows; row++) {
    splineRow(evidence, side, splineRowsAt(side, row, Rows), values);
    for (const cell of splineCells(side, Columns)) {
      splineDifferences(values, cell, side / Columns, differences);
      let [value, slope, bend] = [differences[0]!, differences[1]!, differences[2]!];
      for (let column = cell.firstColumn; column < cell.endColumn; column++) {
        field[row * Columns + column] = value;
        value += slope;
        slope += bend;
        bend += differences[3]!;
      }
    }
  }
  return field;
}

function coloured(map: ReturnType<typeof hill>, grey: (pixel: number) => number) {
  const image = {
    Rows,
    Columns,
    grey: Uint8Array.from({ length: Rows * Columns }, (_, pixel) => grey(pixel)),
  };
  const rgb = new Uint8Array(3 * Rows * Columns);
  fuseEvidence(image, map, paletteTable('magenta', 1), rgb);
  return rgb;
}

const levels = [0.25, 0.5, 0.75];

describe('contour lines', () => {
  const map = hill();
  const lines = contourLines(map, Rows, Columns, levels);

  it('follow the field that the colour is drawn from, to a pixel', () => {
    const field = fieldOf(map);
    assert.equal(lines.length, levels.length);
    lines.forEach((line, index) => {
      assert.deepEqual(line[0], line.at(-1), 'closed');
      for (const [x, y] of line) {
        const [column, row] = [Math.floor(x), Math.floor(y)];
        const around = [-1, 0, 1].flatMap((dy) =>
          [-1, 0, 1].map((dx) => field[(row + dy) * Columns + column + dx]!),
        );
        assert.ok(Math.min(...around) <= levels[index]! && Math.max(...around) >= levels[index]!);
      }
    });
  });

  it('change no pixel beyond their reach, and all around them every promise holds', () => {
    const before = coloured(map, (pixel) => (pixel * 37) % 256);
    const after = before.slice();
    drawContours(after, Rows, Columns, map, levels);
    const reach = lineReach(Rows, Columns);
    const points = lines.flat();
    let changed = 0;
    for (let pixel = 0; pixel < Rows * Columns; pixel++) {
      if ([0, 1, 2].every((c) => before[3 * pixel + c] === after[3 * pixel + c])) continue;
      changed++;
      const [x, y] = [(pixel % Columns) + 0.5, Math.floor(pixel / Columns) + 0.5];
      // Points of a line are at most three pixels apart here.
      assert.ok(points.some(([px, py]) => Math.hypot(px - x, py - y) < reach + 1.5));
    }
    assert.ok(changed > 1000 && changed < 0.04 * Rows * Columns, `${changed} pixels`);
  });

  it('are seen without hue: light beside dark, on white, black and between', () => {
    for (const grey of [0, 60, 128, 200, 255]) {
      const rgb = coloured(map, () => grey);
      drawContours(rgb, Rows, Columns, map, [0.5]);
      const [x, y] = contourLines(map, Rows, Columns, [0.5])[0]![0]!;
      const across = Array.from({ length: 9 }, (_, step) => {
        const at = 3 * (Math.floor(y) * Columns + Math.floor(x) - 4 + step);
        return lightnessOfRgb(rgb[at]!, rgb[at + 1]!, rgb[at + 2]!);
      });
      assert.ok(Math.max(...across) - Math.min(...across) > 40, `${grey}: ${across.join()}`);
    }
  });

  it('run off the picture instead of along its border', () => {
    const cut = hill(0.02, 0.5, 0.4);
    const open = contourLines(cut, Rows, Columns, [0.5]);
    assert.equal(open.length, 1);
    const onBorder = open[0]!.filter(([x]) => x === 0);
    assert.equal(onBorder.length, 2);
  });

  it('are none where the evidence never crosses a level, be it all of it or none', () => {
    for (const value of [0, 0.2, 0.5, 1]) {
      const flat = { ...map, evidence: new Float32Array(side * side).fill(value) };
      const rgb = coloured(flat, () => 100);
      const before = rgb.slice();
      drawContours(rgb, Rows, Columns, flat, [0.5]);
      assert.deepEqual(rgb, before);
    }
  });

  it('stay thin on a film: 4 pixels of 2500', () => {
    assert.ok(lineReach(3000, 2500) < 2.7);
    assert.ok(lineReach(100, 80) <= 1.5);
  });
});
