import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writePhantoms } from '../../src/cli/commands/phantom.js';
import { samplesOf } from '../support/exposition.js';
import { PrivateOrthanc } from '../support/orthanc.js';
import { OtlpReceiver, type ReceivedSpan } from '../support/otlp.js';
import { endChild, freePorts, startChild, temporaryFolder, until } from '../support/process.js';
import { PrivateRabbitMq } from '../support/rabbitmq.js';
import { ServiceProcess } from '../support/service.js';

const stages = ['look', 'fetch', 'decode', 'infer', 'recognise', 'describe', 'fuse', 'encode'];
const waitMs = 90_000;

interface Study {
  readonly MainDicomTags: { readonly StudyInstanceUID: string };
  readonly PatientMainDicomTags: { readonly PatientName: string; readonly PatientID: string };
}

async function sendPhantom(orthanc: PrivateOrthanc, seed: number): Promise<void> {
  const folder = join(temporaryFolder(), 'phantoms');
  const [phantom] = await writePhantoms({ folder, count: 1, seed, Columns: 500, Rows: 600 });
  assert.ok(phantom);
  await orthanc.upload(readFileSync(phantom.file));
}

/** Not that of an image which an earlier test has coloured. */
function isRecordOfStored({ name, attributes }: ReceivedSpan): boolean {
  return name === 'record' && attributes['colouriser.outcome'] === 'stored';
}

function assertOneTrace(spans: readonly ReceivedSpan[], doneBy: string): void {
  const record = spans.find(isRecordOfStored);
  const ofImage = spans.filter(({ traceId }) => traceId === record?.traceId);
  const named = (name: string) => {
    const found = ofImage.filter((span) => span.name === name);
    assert.equal(found.length, 1, `${name}: ${found.length}`);
    return found[0]!;
  };
  const image = named('image');
  assert.equal(image.attributes['colouriser.decision'], 'colourise');
  for (const name of ['route', 'publish', 'attempt', 'record']) {
    assert.equal(named(name).parentSpanId, image.spanId, name);
  }
  const attempt = named('attempt');
  assert.equal(image.service, 'colouriser-serve');
  assert.equal(attempt.service, doneBy);
  assert.equal(named('record').service, 'colouriser-serve');
  assert.equal(attempt.attributes['colouriser.outcome'], 'stored');
  for (const stage of [...stages, 'store', 'verify']) {
    const span = named(stage);
    assert.equal(span.parentSpanId, attempt.spanId, stage);
    assert.ok(span.fromMs >= attempt.fromMs - 5 && span.toMs <= attempt.toMs + 5, stage);
  }
  assert.ok(image.fromMs <= named('route').fromMs + 1);
  assert.ok(attempt.toMs <= named('record').toMs + 5);
}

describe('what can be seen from outside', function () {
  this.timeout(300_000);
  let orthanc: PrivateOrthanc;
  let collector: OtlpReceiver;
  before(async () => {
    [orthanc, collector] = await Promise.all([PrivateOrthanc.start(), OtlpReceiver.start()]);
  });
  after(async () => {
    await Promise.all([orthanc.kill(), collector.close()]);
  });
  beforeEach(() => {
    collector.spans.length = 0;
    collector.text = '';
  });
  const recorded = () =>
    until('the last span', () => collector.spans.some(isRecordOfStored), waitMs);

  it('is one trace an image and its figures, with the embedded queue', async () => {
    const service = await ServiceProcess.start(orthanc.url, {
      env: {
        COLOURISER_TRACES_ENDPOINT: `${collector.url}/`,
        COLOURISER_TRACES_TOKEN: 'collector-secret',
      },
    });
    try {
      await sendPhantom(orthanc, 71);
      await recorded();
      const text = await (await fetch(`${service.url}/metrics`)).text();
      const found = samplesOf(text);
      assert.equal(found.get('colouriser_outcomes_total{outcome="stored",code=""}'), 1);
      assert.equal(found.get('colouriser_event_to_series_seconds_count'), 1);
      assert.equal(found.get('colouriser_images{state="stored"}'), 1);
      assert.equal(found.get('colouriser_state{state="ready"}'), 1);
      assert.ok((found.get('colouriser_batch_pictures_count') ?? 0) >= 1);
    } finally {
      await service.stop();
    }
    assertOneTrace(collector.spans, 'colouriser-serve');
    assert.deepEqual([...collector.authorizations], ['Bearer collector-secret']);
  });

  it('is one trace an image over a broker and a worker, whose readiness is true', async () => {
    const rabbit = await PrivateRabbitMq.start();
    let worker: ChildProcess | undefined;
    const [port = 0] = await freePorts(1);
    const monitor = `http://127.0.0.1:${port}`;
    const env = {
      COLOURISER_TRACES_ENDPOINT: collector.url,
      COLOURISER_QUEUE_KIND: 'rabbitmq',
      COLOURISER_QUEUE_URL: rabbit.url,
      COLOURISER_MONITOR_PORT: `${port}`,
      COLOURISER_ORTHANC_URL: orthanc.url,
    };
    const service = await ServiceProcess.start(orthanc.url, { env });
    try {
      worker = startChild(join(process.cwd(), 'bin/colouriser'), ['work'], {
        env: { ...process.env, ...env },
      });
      worker.stdout?.resume();
      worker.stderr?.resume();
      const states = new Set<string>();
      const ready = async (status: number) =>
        until(
          `readiness ${status}`,
          async () => {
            const answer = await fetch(`${monitor}/readyz`).catch(() => undefined);
            if (!answer) return undefined;
            states.add(((await answer.json()) as { state: string }).state);
            return answer.status === status;
          },
          waitMs,
        );
      await ready(200);
      assert.ok(states.has('starting'), [...states].join());
      await sendPhantom(orthanc, 72);
      await recorded();
      const text = await (await fetch(`${monitor}/metrics`)).text();
      const found = samplesOf(text);
      assert.equal(found.get('colouriser_attempts_total{outcome="stored",code=""}'), 1);
      assert.equal(found.get('colouriser_models_warm'), 1);
      assert.ok(!found.has('colouriser_images{state="stored"}'));

      await rabbit.kill();
      await ready(503);
      assert.equal((await fetch(`${monitor}/healthz`)).status, 200);
    } finally {
      await Promise.all([service.stop(), worker && endChild(worker, 'SIGTERM'), rabbit.kill()]);
    }
    assertOneTrace(collector.spans, 'colouriser-work');
    const studies = await orthanc.json<readonly Study[]>('/studies?expand');
    for (const { MainDicomTags, PatientMainDicomTags } of studies) {
      const { StudyInstanceUID } = MainDicomTags;
      const { PatientName, PatientID } = PatientMainDicomTags;
      for (const identifier of [StudyInstanceUID, PatientName, PatientID]) {
        assert.ok(identifier.length > 3 && !collector.text.includes(identifier), identifier);
      }
    }
  });
});
