import assert from 'node:assert/strict';
import { PNG } from 'pngjs';
import { colourPicture } from '../../src/pipeline/colour-picture.js';
import { startStopwatch } from '../../src/pipeline/stopwatch.js';
import type { SightJson } from '../../src/http/api.js';
import { exampleRendering } from '../support/derivation.js';
import { serveFake } from '../support/fake-service.js';
import { type LookBench, openLookBench } from '../support/look-bench.js';
import { until } from '../support/process.js';

describe('an image of the archive, drawn on demand', function () {
  this.timeout(120_000);
  let bench: LookBench;
  let server: Awaited<ReturnType<typeof serveFake>>;
  let address: string;
  before(async () => {
    bench = await openLookBench();
    server = await serveFake(bench.service);
    address = `${server.url}/api/images`;
  });
  after(async () => {
    await server.close();
    await bench.close();
  });

  const source = () => {
    const { source: ref } = bench.film;
    assert.ok(ref);
    return ref;
  };
  /** As the pipeline draws it for the archive. */
  async function asStored(more: Partial<typeof exampleRendering>): Promise<Uint8Array> {
    const part10 = await bench.pacs.retrieve(source());
    assert.ok(part10);
    const { version } = bench.tools.registry.get(more.model ?? exampleRendering.model).manifest;
    const rendering = { ...exampleRendering, modelVersion: version, banner: false, ...more };
    const tools = { ...bench.tools, networks: bench.tools.side };
    const coloured = await colourPicture(
      Uint8Array.from(part10),
      rendering,
      tools,
      startStopwatch(),
    );
    assert.ok(coloured.kind === 'coloured');
    return Uint8Array.from(await coloured.drawing.whole());
  }

  it('is grey, one byte a pixel, as the product displays it', async () => {
    const answer = await fetch(`${address}/film/grey`);
    assert.equal(answer.status, 200);
    const size = ['rows', 'columns'].map((name) =>
      Number(answer.headers.get(`colouriser-${name}`)),
    );
    assert.deepEqual(size, [3000, 2500]);
    const part10 = await bench.pacs.retrieve(source());
    const shown = await bench.tools.pictures.read(Uint8Array.from(part10 ?? []), {
      thumbnails: [],
      window: 1,
    });
    assert.ok('image' in shown);
    assert.deepEqual(
      Buffer.compare(Buffer.from(await answer.arrayBuffer()), Buffer.from(shown.image.grey)),
      0,
    );
  });

  const drawings = [
    ['evidence', { palette: 'amber', strength: 0.6 }, 'palette=amber&strength=0.6'],
    ['evidence', { contours: [0.25, 0.5], display: 'gsdf' }, 'contours=0.5,0.25&display=gsdf'],
    ['autoencoder', { model: 'autoencoder' }, ''],
  ] as const;
  for (const [model, rendering, query] of drawings) {
    it(`has, pixel for pixel, the colour that would be stored: ${model} ${query}`, async () => {
      const answer = await fetch(`${address}/film/drawn.png?model=${model}&${query}`);
      assert.equal(answer.status, 200, await answer.clone().text());
      const { data, width, height } = PNG.sync.read(Buffer.from(await answer.arrayBuffer()));
      assert.deepEqual([width, height], [2500, 3000]);
      const rgb = Buffer.alloc(3 * width * height);
      for (let pixel = 0; pixel < width * height; pixel++) {
        data.copy(rgb, 3 * pixel, 4 * pixel, 4 * pixel + 3);
      }
      assert.equal(Buffer.compare(rgb, Buffer.from(await asStored(rendering))), 0);
    });
  }

  it('is drawn as small as it is wanted', async () => {
    const answer = await fetch(`${address}/film/drawn.png?model=evidence&width=250`);
    const { width, height } = PNG.sync.read(Buffer.from(await answer.arrayBuffer()));
    assert.deepEqual([width, height], [250, 300]);
  });

  it('tells what the model says, with whatever a reader must know of it', async () => {
    const answer = await fetch(`${address}/film/colouring?model=evidence@1.3.0`);
    const { colouring, model, sha256, probability, refusal } = (await answer.json()) as SightJson;
    assert.ok(colouring.kind === 'evidence');
    assert.deepEqual([model, refusal, sha256.length], ['evidence', undefined, 64]);
    assert.ok(probability !== undefined && probability > 0 && probability <= 1);
    const bytes = Buffer.from(colouring.evidence, 'base64');
    assert.equal(bytes.length, 4 * colouring.rows * colouring.columns);
  });

  it('says why the pipeline would not colour a picture, and draws it all the same', async () => {
    const answer = await fetch(`${address}/hand/colouring?model=autoencoder`);
    const { refusal } = (await answer.json()) as SightJson;
    assert.ok(refusal && ['NO_LUNGS', 'ROTATED', 'UPSIDE_DOWN'].includes(refusal.code));
  });

  it('is refused with a code where there is no image, no model or too much to do', async () => {
    const codeOf = async (path: string) => {
      const answer = await fetch(`${address}/${path}`);
      return [answer.status, ((await answer.json()) as { code: string }).code];
    };
    assert.deepEqual(await codeOf('nobody/grey'), [404, 'NO_PREVIEW']);
    assert.deepEqual(await codeOf('film/colouring?model=unheard-of'), [502, 'MODEL_NOT_FOUND']);
    assert.deepEqual(await codeOf('film/drawn.png?model=evidence&strength=2'), [
      400,
      'INVALID_REQUEST',
    ]);
    const { looks } = bench.service;
    bench.service.looks = { ...looks, inHand: 16 };
    assert.deepEqual(await codeOf('film/grey'), [503, 'TOO_MANY_DRAWINGS']);
    bench.service.looks = looks;
  });

  it('costs nothing more once its reader has gone away', async () => {
    const leaving = new AbortController();
    const url = `${address}/film/drawn.png?model=unet-resnet34&palette=blue`;
    const asked = fetch(url, { signal: leaving.signal });
    await until('the work to begin', () => bench.service.looks.inHand > 0);
    leaving.abort();
    await assert.rejects(asked);
    await until('its end', () => bench.service.looks.inHand === 0);
  });

  it('leaves nothing in the archive', async () => {
    for (const { source: ref } of [bench.film, bench.hand]) {
      const { StudyInstanceUID = '' } = ref ?? {};
      assert.equal((await bench.pacs.findInstances({ StudyInstanceUID })).length, 1);
    }
  });
});
