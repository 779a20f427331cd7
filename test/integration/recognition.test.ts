import assert from 'node:assert/strict';
import type { OpenTools } from '../../src/compose/tools.js';
import { makeChestPhantom, opacityPlaces, type Phantom } from '../../src/phantom/chest-phantom.js';
import { makeHandPhantom } from '../../src/phantom/hand-phantom.js';
import { phantomInstance } from '../../src/phantom/phantom-instance.js';
import { colourPicture } from '../../src/pipeline/colour-picture.js';
import { startStopwatch } from '../../src/pipeline/stopwatch.js';
import { openTestTools } from '../support/colour-tools.js';
import { exampleRendering } from '../support/derivation.js';

const size = { Columns: 500, Rows: 600 };

/** The film as it looks when its reader is turned by so many quarter turns clockwise. */
function turnedFilm(phantom: Phantom, quarterTurns: number): Phantom {
  if (quarterTurns === 0) return phantom;
  const { Rows, Columns, samples } = phantom;
  const turnedOnce = samples.map((_, index) => {
    const [row, column] = [Math.floor(index / Rows), index % Rows];
    return samples[(Rows - 1 - column) * Columns + row] ?? 0;
  });
  const film = { ...phantom, Rows: Columns, Columns: Rows, samples: turnedOnce };
  return turnedFilm(film, quarterTurns - 1);
}

function mirroredFilm(phantom: Phantom): Phantom {
  const { Columns, samples } = phantom;
  const mirrored = samples.map((_, index) => {
    const column = index % Columns;
    return samples[index - column + Columns - 1 - column] ?? 0;
  });
  return { ...phantom, samples: mirrored };
}

/** Real radiographs are held against their table in `every-file.test.ts`. */
describe('recognising phantoms through the real threads', function () {
  this.timeout(180_000);
  let tools: OpenTools;
  before(async () => {
    tools = await openTestTools();
  });
  after(() => tools.close());

  /** `coloured`, or the code of the skip. */
  async function outcomeOf(part10: Uint8Array, model = 'evidence'): Promise<string> {
    const { manifest } = tools.registry.get(model);
    const rendering = { ...exampleRendering, model, modelVersion: manifest.version };
    const result = await colourPicture(part10, rendering, tools, startStopwatch());
    return result.kind === 'coloured' ? 'coloured' : result.code;
  }

  const film = (phantom: Phantom) =>
    phantomInstance(phantom, {
      PatientName: 'Phantom^Test',
      PatientID: 'PHANTOM',
      StudyInstanceUID: '2.25.31',
      SeriesInstanceUID: '2.25.32',
      SOPInstanceUID: '2.25.33',
    });

  for (const [index, opacity] of opacityPlaces.entries()) {
    it(`accepts a chest with an opacity in ${opacity}, whichever side its heart is on`, async () => {
      const phantom = makeChestPhantom({ ...size, seed: index + 31, opacity });
      assert.equal(await outcomeOf(film(phantom)), 'coloured');
      assert.equal(await outcomeOf(film(mirroredFilm(phantom))), 'coloured');
    });
  }

  for (const [quarterTurns, code] of [
    [1, 'ROTATED'],
    [2, 'UPSIDE_DOWN'],
    [3, 'ROTATED'],
  ] as const) {
    it(`tells a chest turned by ${90 * quarterTurns}°`, async () => {
      const chest = makeChestPhantom({ ...size, seed: 41 });
      assert.equal(await outcomeOf(film(turnedFilm(chest, quarterTurns))), code);
    });
  }

  it('finds no lungs in a hand', async () => {
    assert.equal(await outcomeOf(film(makeHandPhantom({ seed: 42, ...size }))), 'NO_LUNGS');
  });

  it('finds no lungs where the grey scale is the wrong way round', async () => {
    const { samples, ...chest } = makeChestPhantom({ ...size, seed: 43 });
    const negative = { ...chest, samples: samples.map((value) => 4095 - value) };
    assert.equal(await outcomeOf(film(negative)), 'NO_LUNGS');
  });

  it('looks for lungs whichever network colours', async () => {
    const chest = makeChestPhantom({ ...size, seed: 44 });
    assert.equal(await outcomeOf(film(chest), 'autoencoder'), 'coloured');
    assert.equal(await outcomeOf(film(turnedFilm(chest, 2)), 'autoencoder'), 'UPSIDE_DOWN');
  });

  it('colours anything where a rule does not ask for lungs', async () => {
    const hand = film(makeHandPhantom({ seed: 45, ...size }));
    const options = { needsLungs: false };
    const rendering = { ...exampleRendering, modelVersion: '1.3.0' };
    const result = await colourPicture(hand, rendering, tools, startStopwatch(), options);
    assert.equal(result.kind, 'coloured');
  });
});
