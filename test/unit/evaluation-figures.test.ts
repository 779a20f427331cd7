import assert from 'node:assert/strict';
import {
  chromaMap,
  colouredWithoutEvidence,
  luminanceFigures,
} from '../../src/evaluation/chroma-map.js';
import { tableColourer } from '../../src/evaluation/colourer.js';
import { colourTable, greyTable } from '../../src/evaluation/colour-tables.js';
import { localise } from '../../src/evaluation/localisation.js';
import { chromaFigures } from '../../src/evaluation/measure-film.js';
import { smoothnessFigures } from '../../src/evaluation/smoothness.js';
import {
  thumbnailFeatures,
  trainThumbnailClassifier,
} from '../../src/evaluation/thumbnail-classifier.js';
import { borderMasked, noise, variants } from '../../src/evaluation/variants.js';
import { fuseEvidence } from '../../src/imaging/fuse-evidence.js';
import { paletteTable } from '../../src/imaging/palette.js';
import type { GreyImage } from '../../src/ports/colouring.js';

/** A ramp across and down, so that a misplaced pixel is seen. */
function ramp(Rows: number, Columns: number): GreyImage {
  const grey = Uint8Array.from({ length: Rows * Columns }, (_, at) =>
    Math.round((200 * (at % Columns)) / Columns + 20 + (30 * Math.floor(at / Columns)) / Rows),
  );
  return { Rows, Columns, grey };
}

describe('figures of a coloured film', () => {
  it('know the chroma of known colours', () => {
    // C* of sRGB red and blue by CIE L*a*b* (D65): 104.55 and 133.81.
    const [red = 0, blue = 0, grey = 1] = chromaMap(
      Uint8Array.of(255, 0, 0, 0, 0, 255, 90, 90, 90),
    );
    assert.ok(Math.abs(red - 104.55) < 0.1);
    assert.ok(Math.abs(blue - 133.81) < 0.1);
    assert.equal(grey, 0);
  });

  it('see a colour map move lightness and lose grey codes, and grey keep both', async () => {
    const image = ramp(64, 64);
    const { rgb: jet } = await tableColourer(colourTable('jet'))(image);
    const { rgb: grey } = await tableColourer(greyTable)(image);
    assert.ok(luminanceFigures(image, jet).worst > 20);
    assert.ok(luminanceFigures(image, jet).lost > 2000);
    assert.deepEqual(luminanceFigures(image, grey), { worst: 0, lost: 0 });
  });

  it('find colour where no evidence reaches, to the pixel', () => {
    const image = ramp(80, 96);
    const evidence = new Float32Array(8 * 8);
    evidence[3 * 8 + 4] = 0.8;
    const colouring = { kind: 'evidence', rows: 8, columns: 8, evidence } as const;
    const rgb = new Uint8Array(3 * image.grey.length);
    fuseEvidence(image, colouring, paletteTable('magenta', 1), rgb);
    assert.equal(colouredWithoutEvidence(image, rgb, colouring)?.faults, 0);
    rgb[0] = rgb[0]! ^ 1;
    assert.equal(colouredWithoutEvidence(image, rgb, colouring)?.faults, 1);
    assert.ok((colouredWithoutEvidence(image, rgb, colouring)?.pixels ?? 0) > 4000);
  });

  it('divide chroma into inside and outside the lungs', () => {
    const found = chromaFigures(Float32Array.of(4, 2, 1, 1), Uint8Array.of(1, 1, 0, 0));
    assert.deepEqual(found, { meanChroma: 3, maxChroma: 4, chroma: 8, outside: 2 });
  });

  it('tell smooth chroma from chroma that copies edges', () => {
    const image = {
      Rows: 60,
      Columns: 60,
      grey: ramp(60, 60).grey.map((v, at) => (at % 6 < 3 ? v : 0)),
    };
    const copied = Float32Array.from(image.grey, (value) => value / 10);
    const smooth = Float32Array.from({ length: 3600 }, (_, at) =>
      Math.exp(-(((at % 60) - 30) ** 2 + (Math.floor(at / 60) - 30) ** 2) / 300),
    );
    assert.ok((smoothnessFigures(image, copied).edges ?? 0) > 0.8);
    assert.ok(Math.abs(smoothnessFigures(image, smooth).edges ?? 1) < 0.3);
    const share = (map: Float32Array) => {
      const { highPass, energy } = smoothnessFigures(image, map);
      return highPass / energy;
    };
    assert.ok(share(smooth) < 1e-3);
    assert.ok(share(copied) > 0.01);
  });
});

describe('localisation', () => {
  const target = Uint8Array.of(0, 1, 1, 0, 0, 0, 0, 0, 0);

  it('is counted by hand', () => {
    const found = localise(Float32Array.of(0, 4, 1, 3, 0, 0, 0, 0, 0), target);
    // The two strongest are 1 and 3: one of them is wanted, and three pixels are either.
    assert.deepEqual(found, { energy: 5 / 8, iou: 1 / 3, pointing: 1 });
  });

  it('prefers none of several equal strongest pixels', () => {
    const plateau = Float32Array.of(0, 2, 0, 2, 2, 2, 0, 0, 0);
    assert.equal(localise(plateau, target).pointing, 1 / 4);
  });

  it('is 0 for a map that says nothing', () => {
    assert.deepEqual(localise(new Float32Array(9), target), { energy: 0, iou: 0, pointing: 0 });
  });
});

describe('changes of the picture', () => {
  it('are undone on the map: a map that follows the picture comes back the same', () => {
    const plain = ramp(120, 100);
    for (const { name, change, back } of variants.filter(
      (each) => !/window|gamma/.test(each.name),
    )) {
      const changed = change(plain, 1);
      const map = back(Float32Array.from(changed.grey), changed, plain);
      assert.equal(map.length, plain.grey.length, name);
      const worst = Math.max(...map.map((value, at) => Math.abs(value - (plain.grey[at] ?? NaN))));
      assert.ok(worst <= (name.includes('half') ? 3 : 1), `${name}: ${worst}`);
    }
  });

  it('are a window, a gamma, a code of noise and black borders', () => {
    const plain = ramp(64, 64);
    const by = (name: string) => variants.find((each) => each.name === name)?.change(plain, 1).grey;
    assert.equal(by('window 20 % narrower')?.[0], 0);
    assert.equal(by('gamma 0.8')?.[40], Math.round(255 * ((plain.grey[40] ?? 0) / 255) ** 0.8));
    const { grey } = noise.change(plain, 7);
    const steps = new Set(grey.map((value, at) => Math.abs(value - (plain.grey[at] ?? 0))));
    assert.deepEqual([...steps].sort(), [0, 1]);
    const masked = borderMasked(plain);
    assert.equal(masked.grey.filter((value) => value === 0).length, 64 * 64 - 56 * 56);
  });
});

describe('the thumbnail classifier', () => {
  it('learns what can be told from light and dark alone', () => {
    const film = (bright: number, seed: number) =>
      thumbnailFeatures({
        Rows: 32,
        Columns: 32,
        grey: Uint8Array.from({ length: 1024 }, (_, at) =>
          at % 32 < 16 ? bright + ((at * seed) % 7) : 100 + ((at * seed) % 5),
        ),
      });
    const [sick, well] = [
      [1, 2, 3].map((seed) => film(180, seed)),
      [4, 5, 6].map((seed) => film(40, seed)),
    ];
    const score = trainThumbnailClassifier(sick, well);
    assert.ok(score(film(180, 9)) > 0);
    assert.ok(score(film(40, 9)) < 0);
  });
});
