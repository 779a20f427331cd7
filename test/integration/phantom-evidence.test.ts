import assert from 'node:assert/strict';
import type { OpenTools } from '../../src/compose/tools.js';
import { faultOfLungs, type LungMap, measureLungs } from '../../src/imaging/lungs.js';
import {
  makeChestPhantom,
  opacityPlaces,
  type Phantom,
  type PixelBox,
} from '../../src/phantom/chest-phantom.js';
import { makeHandPhantom } from '../../src/phantom/hand-phantom.js';
import { phantomInstance } from '../../src/phantom/phantom-instance.js';
import { openTestTools } from '../support/colour-tools.js';

const size = { Columns: 500, Rows: 600 };
/** Chroma of full evidence in the default model's drawing. */
const fullChroma = 25;

const faultOf = (map: LungMap) => faultOfLungs(measureLungs(map));

describe('phantoms before the evidence model', function () {
  this.timeout(120_000);
  let tools: OpenTools;
  before(async () => (tools = await openTestTools()));
  after(() => tools.close());

  async function colouringOf(phantom: Phantom) {
    const { registry, networks, pictures } = tools;
    const bytes = phantomInstance(phantom, {
      PatientName: 'Phantom^Test',
      PatientID: 'PHANTOM',
      StudyInstanceUID: '2.25.21',
      SeriesInstanceUID: '2.25.22',
      SOPInstanceUID: '2.25.23',
    });
    const picture = await pictures.read(bytes, {
      thumbnails: [{ rows: 256, columns: 256 }],
      window: 1,
    });
    assert.ok('thumbnails' in picture, 'the picture was skipped');
    const colouring = await networks.infer(
      registry.get('evidence'),
      picture.thumbnails[0] ?? new Float32Array(),
    );
    assert.ok(colouring.kind === 'evidence' && colouring.lungs);
    const { rows, columns, evidence, lungs } = colouring;
    return { rows, columns, evidence, lungs };
  }

  for (const [index, opacity] of opacityPlaces.entries()) {
    const seed = index + 1;
    it(`leaves clear phantom ${seed} exactly grey and finds its two lungs`, async () => {
      const found = await colouringOf(makeChestPhantom({ ...size, seed }));
      assert.equal(
        found.evidence.reduce((most, value) => Math.max(most, value), 0),
        0,
      );
      assert.equal(faultOf(found), undefined);
    });

    it(`colours phantom ${seed + 20} (${opacity}) mostly inside the box of its opacity`, async () => {
      const phantom = makeChestPhantom({ ...size, seed: seed + 20, opacity });
      const { evidence, columns, rows, ...rest } = await colouringOf(phantom);
      const most = evidence.reduce((highest, value) => Math.max(highest, value), 0);
      assert.ok(most * fullChroma >= 5, `max C* ${most * fullChroma}`);
      assert.ok(phantom.opacityBox);
      const share = shareInside(evidence, { rows, columns }, phantom.opacityBox);
      assert.ok(share >= 0.5, `${Math.round(share * 100)} % of the colour lies in the box`);
      assert.equal(faultOf({ ...rest, rows, columns }), undefined);
    });
  }

  it('finds no lungs in a hand', async () => {
    const found = await colouringOf(makeHandPhantom({ seed: 1, Columns: 500, Rows: 600 }));
    assert.notEqual(faultOf(found), undefined);
  });
});

/** Share of the evidence within the box, grown by 15 % on each side as the model's grid is coarse. */
function shareInside(
  evidence: Float32Array,
  grid: { readonly rows: number; readonly columns: number },
  box: PixelBox,
): number {
  let [inside, all] = [0, 0];
  evidence.forEach((value, at) => {
    const x = (((at % grid.columns) + 0.5) / grid.columns) * size.Columns;
    const y = ((Math.floor(at / grid.columns) + 0.5) / grid.rows) * size.Rows;
    const across = Math.abs(x - box.x - box.width / 2) / box.width;
    const down = Math.abs(y - box.y - box.height / 2) / box.height;
    all += value;
    if (across <= 0.65 && down <= 0.65) inside += value;
  });
  return inside / all;
}
