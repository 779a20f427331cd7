import assert from 'node:assert/strict';
import type { OpenTools } from '../../src/compose/tools.js';
import { areaMean } from '../../src/imaging/area-mean.js';
import { fullChroma } from '../../src/imaging/palette.js';
import { opacityPlaces } from '../../src/phantom/chest-phantom.js';
import type { GreyImage } from '../../src/ports/colouring.js';
import { phantomFile } from '../support/coloured-study.js';
import { openTestTools } from '../support/colour-tools.js';

const input = { rows: 256, columns: 256 } as const;

/** Two films of one made-up person: what changes between them is how they were taken and shown. */
describe('the same chest, taken and shown otherwise', function () {
  this.timeout(120_000);
  let tools: OpenTools;
  before(async () => {
    tools = await openTestTools();
  });
  after(() => tools.close());

  const films = opacityPlaces.slice(0, 2).map((opacity, index) => ({ opacity, seed: index + 21 }));

  async function shown(film: (typeof films)[number]): Promise<GreyImage> {
    const bytes = Uint8Array.from(phantomFile(film, 1));
    const picture = await tools.pictures.read(bytes, { thumbnails: [input], window: 1 });
    assert.ok('image' in picture);
    return picture.image;
  }

  async function evidenceOf(image: GreyImage, change = (grey: number) => grey) {
    const thumbnail = areaMean(
      { ...image, grey: image.grey.map(change) },
      input.rows,
      input.columns,
    );
    const colouring = await tools.networks.infer(tools.registry.get('evidence'), thumbnail);
    assert.ok(colouring.kind === 'evidence');
    return colouring;
  }

  function meanChange(one: Float32Array, other: Float32Array): number {
    return one.reduce((sum, value, at) => sum + Math.abs(value - other[at]!), 0) / one.length;
  }

  const changes = {
    'darker by gamma 1.25': (grey: number) => 255 * (grey / 255) ** 1.25,
    'brighter by gamma 0.8': (grey: number) => 255 * (grey / 255) ** 0.8,
    'in a window wider by a quarter': (grey: number) => 26 + 0.8 * grey,
    'in a window narrower by a tenth': (grey: number) =>
      Math.min(255, Math.max(0, (grey - 12.75) / 0.9)),
  };
  for (const [name, change] of Object.entries(changes)) {
    it(`${name}: its mean C* moves by at most 0.5`, async () => {
      for (const film of films) {
        const image = await shown(film);
        const [before, after] = [await evidenceOf(image), await evidenceOf(image, change)];
        assert.ok(before.evidence.some((value) => value > 0.2));
        const moved = fullChroma * meanChange(before.evidence, after.evidence);
        assert.ok(moved <= 0.5, `${film.opacity}: ${moved}`);
      }
    });
  }
});
