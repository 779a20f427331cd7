import assert from 'node:assert/strict';
import { ColouriseError } from '../../src/domain/errors.js';
import type { ModelJson, ShadowRowJson } from '../../src/http/api.js';
import { openLiveRegistry } from '../../src/models/live-registry.js';
import { serveFake } from '../support/fake-service.js';
import { type ModelBench, openModelBench, secondAutoencoder } from '../support/model-bench.js';
import { temporaryFolder, until } from '../support/process.js';

describe('models over HTTP', () => {
  let bench: ModelBench;
  let server: Awaited<ReturnType<typeof serveFake>>;

  before(async () => {
    bench = await openModelBench();
    server = await serveFake(bench.service);
  });
  after(() => server.close());

  const models = async () =>
    ((await (await fetch(`${server.url}/api/models`)).json()) as { models: ModelJson[] }).models;
  const one = async (name: string, version = '1.0.0') =>
    (await models()).find((each) => each.name === name && each.version === version);
  const send = async (method: string, path: string, body: object = {}) => {
    const answer = await fetch(`${server.url}/api/models/${path}`, {
      method,
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: answer.status, json: (await answer.json()) as { code?: string } };
  };

  it('names the rules that take each version, and the one that is taken by default', async () => {
    assert.deepEqual((await one('autoencoder'))?.rules, ['pinned', 'newest']);
    const evidence = await one('evidence', '1.3.0');
    assert.deepEqual([evidence?.rules, evidence?.shadowRules], [['rest'], ['newest']]);
    assert.deepEqual([evidence?.default, evidence?.state], [true, 'active']);
    const second = await one('autoencoder', '1.0.1');
    assert.deepEqual([second?.state, second?.rules, second?.source], ['available', [], 'a.zip']);
  });

  it('gives the card and the figures of a version, also of one whose weights are gone', async () => {
    assert.equal((await one('evidence'))?.state, 'removed');
    const answer = await fetch(`${server.url}/api/models/evidence/1.0.0`);
    const { card, figures } = (await answer.json()) as {
      card: string;
      figures: { rows: object[] };
    };
    assert.match(card, /^# /);
    assert.ok(figures.rows.length > 20);
    assert.equal((await fetch(`${server.url}/api/models/evidence/9.9.9`)).status, 502);
  });

  it('activates what answers its golden picture, at once and for the rules that name no version', async () => {
    bench.gate.fault = new ColouriseError('MODEL_INVALID', 'golden picture: differs');
    const refused = await send('POST', 'autoencoder/1.0.1/activate');
    assert.equal(refused.json.code, 'MODEL_INVALID');
    assert.equal((await one('autoencoder'))?.state, 'active');
    bench.gate.fault = undefined;
    assert.equal((await send('POST', 'autoencoder/1.0.1/activate')).status, 200);
    assert.deepEqual(bench.gate.checked, ['autoencoder@1.0.1', 'autoencoder@1.0.1']);
    assert.deepEqual((await one('autoencoder', '1.0.1'))?.rules, ['newest']);
    assert.deepEqual((await one('autoencoder'))?.rules, ['pinned']);
    assert.equal(bench.registry.get('autoencoder').manifest.version, '1.0.1');
  });

  it('puts a version in the shadow of a model, and ends that', async () => {
    await send('PUT', 'evidence/shadow', { shadow: 'autoencoder@1.0.1' });
    assert.deepEqual((await one('autoencoder', '1.0.1'))?.shadowOf, ['evidence']);
    assert.equal(bench.registry.shadowOf('evidence')?.manifest.version, '1.0.1');
    await send('PUT', 'evidence/shadow', { shadow: null });
    assert.equal(bench.registry.shadowOf('evidence'), undefined);
    const unknown = await send('PUT', 'evidence/shadow', { shadow: 'unheard-of@1.0.0' });
    assert.equal(unknown.json.code, 'MODEL_NOT_FOUND');
  });

  it('deactivates a version, and no rule takes it any more', async () => {
    assert.equal((await send('POST', 'autoencoder/1.0.1/deactivate')).status, 200);
    const { state, rules: left } = (await one('autoencoder', '1.0.1')) ?? {};
    assert.deepEqual([state, left], ['deactivated', []]);
  });

  it('tells what shadows came to, as a summary and image by image', async () => {
    const pair = {
      stored: { model: 'evidence', modelVersion: '1.0.0' },
      shadow: { model: 'autoencoder', modelVersion: '1.0.1' },
    };
    const chroma = { colouredShare: 0.2, meanChroma: 2, maxChroma: 9 };
    const figures = { stored: chroma, shadow: chroma, dice: 0.5, iou: 1 / 3, deltaChroma: 1 };
    bench.book.record({ ...pair, jobId: 'job-6', inferMs: 80, figures });
    bench.book.record({ ...pair, jobId: 'job-0', inferMs: 9, code: 'MODEL_FAILED' });
    const { pairs } = (await (await fetch(`${server.url}/api/shadows`)).json()) as {
      pairs: { compared: number; faults: object; agreement: number }[];
    };
    assert.deepEqual(
      pairs.map(({ compared, faults, agreement }) => [compared, faults, agreement]),
      [[1, { MODEL_FAILED: 1 }, 1]],
    );
    const query = 'stored=evidence@1.0.0&shadow=autoencoder@1.0.1&limit=1';
    const { images } = (await (
      await fetch(`${server.url}/api/shadows/images?${query}`)
    ).json()) as { images: ShadowRowJson[] };
    assert.deepEqual(
      images.map(({ image, code }) => [image, code]),
      [['job-0', 'MODEL_FAILED']],
    );
  });
});

describe('a registry that is followed', () => {
  it('takes over what was changed beside it once that is admitted, and keeps the models of before until then', async () => {
    const installed = temporaryFolder();
    const registry = await openLiveRegistry('models', installed);
    const faults: string[] = [];
    let admits = false;
    registry.follow({
      pollMs: 10,
      admit: () => {
        return admits
          ? Promise.resolve()
          : Promise.reject(new ColouriseError('MODEL_FAILED', 'not yet'));
      },
      onChange: () => undefined,
      onFault: ({ message }) => void faults.push(message),
    });
    const known = () => registry.entries.length;
    const before = known();
    secondAutoencoder(installed);
    await until('the refusal', () => faults[0]);
    assert.equal(known(), before);
    admits = true;
    await until('the new version', () => known() === before + 1);
    assert.deepEqual(faults, ['not yet']);
    registry.close();
  });
});
