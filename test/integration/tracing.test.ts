import assert from 'node:assert/strict';
import { openTracing } from '../../src/adapters/opentelemetry/tracing.js';
import { parseTraceparent } from '../../src/domain/job.js';
import { exampleJob, skippedByRule } from '../contract/ledger-contract.js';
import { OtlpReceiver } from '../support/otlp.js';
import { freePorts, until } from '../support/process.js';

const waitMs = 30_000;

describe('traces', function () {
  this.timeout(90_000);
  const common = { service: 'test', version: '1', sampleRatio: 1 };

  it('tell once that the collector is away, and once that it is back', async () => {
    const [port = 0] = await freePorts(1);
    const told: (string | undefined)[] = [];
    const tracing = openTracing({
      ...common,
      endpoint: `http://127.0.0.1:${port}`,
      onFault: (fault) => told.push(fault),
    });
    const send = () => {
      tracing.arrived(Date.now(), Date.now()).decided(skippedByRule);
    };
    send();
    await until('the fault', () => told.length > 0, waitMs);
    const collector = await OtlpReceiver.start(port);
    try {
      await until(
        'a span',
        () => {
          send();
          return collector.spans.length > 0;
        },
        waitMs,
        500,
      );
      await until('the end of the fault', () => told.length > 1, waitMs);
      assert.match(told[0] ?? '', /\w/);
      assert.deepEqual(told.slice(1), [undefined]);
    } finally {
      await tracing.close();
      await collector.close();
    }
  });

  it('send the share that was asked for, and every process agrees which', async () => {
    const collector = await OtlpReceiver.start();
    const tracing = openTracing({
      ...common,
      sampleRatio: 0,
      endpoint: collector.url,
      onFault: (fault) => {
        throw new Error(fault);
      },
    });
    const image = tracing.arrived(Date.now(), Date.now());
    image.decided(skippedByRule);
    const { traceparent } = image;
    tracing.attempted({ ...exampleJob('1'), traceparent }, 1).end(undefined);
    await tracing.close();
    await collector.close();
    assert.deepEqual(collector.spans, []);
    assert.equal(parseTraceparent(traceparent)?.traceFlags, 0);
  });

  it('carry on from the example of W3C Trace Context, and from nothing else', () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const spanId = 'b7ad6b7169203331';
    assert.deepEqual(parseTraceparent(`00-${traceId}-${spanId}-01`), {
      traceId,
      spanId,
      traceFlags: 1,
    });
    for (const text of [
      '',
      `00-${traceId}-${spanId}`,
      `00-${traceId.toUpperCase()}-${spanId}-01`,
    ]) {
      assert.equal(parseTraceparent(text), undefined);
    }
  });
});
