import assert from 'node:assert/strict';
import { pino } from 'pino';
import { MemoryAudit } from '../../src/adapters/memory/memory-audit.js';
import { MemoryLedger } from '../../src/adapters/memory/memory-ledger.js';
import { ColouriseError, type ErrorCode } from '../../src/domain/errors.js';
import { afterRefusal } from '../../src/domain/forward.js';
import type { InstanceRef } from '../../src/domain/job.js';
import { startForwarding, type Forwarding } from '../../src/pipeline/forward.js';
import type { Forwarder } from '../../src/ports/forwarding.js';
import { accepted, exampleJob, stored } from '../contract/ledger-contract.js';
import { until } from '../support/process.js';

const policy = { maxAttempts: 3, backOff: { baseMs: 1000, maxMs: 60_000 } };

describe('an attempt at a destination that came to nothing', () => {
  const after = (code: ErrorCode, attempts: number) =>
    afterRefusal(new ColouriseError(code, 'why'), attempts, policy, 0);

  it('costs no attempt while the destination is away', () => {
    for (const code of ['DESTINATION_UNAVAILABLE', 'DESTINATION_UNAUTHORISED'] as const) {
      const step = { state: 'pending', attempts: 2, code, reason: 'why', afterMs: 0 };
      assert.deepEqual(after(code, 2), step);
    }
  });

  it('is repeated after a pause that doubles, until the attempts are used up', () => {
    const code = 'DESTINATION_FAILED';
    const again = { state: 'pending', code, reason: 'why' };
    assert.deepEqual(after(code, 0), { ...again, attempts: 1, afterMs: 500 });
    assert.deepEqual(after(code, 1), { ...again, attempts: 2, afterMs: 1000 });
    const reason = 'gave up after 3 attempts: why';
    assert.deepEqual(after(code, 2), { state: 'failed', attempts: 3, code, reason });
  });

  it('is the last where another would be refused as well', () => {
    const code = 'DESTINATION_REFUSED';
    assert.deepEqual(after(code, 0), { state: 'failed', attempts: 1, code, reason: 'why' });
  });
});

/** A destination in memory; a test says what becomes of each image. */
class FakeDestination implements Forwarder {
  readonly destination: string;
  readonly kind = 'dicomweb';
  readonly got: string[] = [];
  fault: ErrorCode | undefined;
  /** The images that it chokes on. */
  poison: string | undefined;
  asked = 0;

  constructor(destination: string) {
    this.destination = destination;
  }

  send({ StudyInstanceUID }: InstanceRef): Promise<'sent'> {
    this.asked += 1;
    const code = this.poison === StudyInstanceUID ? 'DESTINATION_UNAVAILABLE' : this.fault;
    if (code !== undefined) return Promise.reject(new ColouriseError(code, `${code} it is`));
    this.got.push(StudyInstanceUID);
    return Promise.resolve('sent');
  }

  probe(): Promise<string> {
    if (this.fault === undefined) return Promise.resolve('well');
    return Promise.reject(new ColouriseError(this.fault, 'away'));
  }

  close(): void {
    // Nothing is open.
  }
}

describe('forwarding', () => {
  let ledger: MemoryLedger;
  let running: Forwarding | undefined;
  let outcomes: string[];
  let audit: MemoryAudit;
  const now = () => new Date();

  beforeEach(() => {
    ledger = new MemoryLedger(now);
    audit = new MemoryAudit(now);
    outcomes = [];
  });
  afterEach(() => running?.stop());

  const store = (id: string, ...forward: string[]) => {
    ledger.admit([{ orthancId: `o${id}`, seq: Number(id) }], Number(id));
    ledger.decide(`o${id}`, accepted({ ...exampleJob(id), forward }));
    ledger.record(id, stored);
  };
  const start = (forwarders: readonly Forwarder[], keepMs = 86_400_000) => {
    running = startForwarding({
      book: ledger.forwards,
      forwarders,
      watch: { whenWell: () => Promise.resolve(true) },
      policy: { maxAttempts: 2, backOff: { baseMs: 10, maxMs: 20 } },
      keepMs,
      audit,
      telemetry: {
        forwarded: (destination, outcome) => outcomes.push(`${destination} ${outcome}`),
      },
      changed: () => undefined,
      now,
      log: pino({ level: 'silent' }),
    });
    return running;
  };
  const stateOf = (id: string) => ledger.forwards.of(id).map(({ state }) => state);

  it('sends to each destination, while another is away', async () => {
    const [well, away] = [new FakeDestination('well'), new FakeDestination('away')];
    away.fault = 'DESTINATION_UNAVAILABLE';
    store('1', 'away', 'well');
    store('2', 'away', 'well');
    const forwarding = start([away, well]);
    await until('both to be sent', () => stateOf('2').includes('sent'));
    assert.deepEqual(
      audit
        .page({ limit: 10 })
        .map(({ action, target, details }) => [action, target, details?.['destination']]),
      [
        ['image.forward', '2', 'well'],
        ['image.forward', '1', 'well'],
      ],
    );
    await until('the fault', () => forwarding.destinations()[0]?.fault);
    assert.deepEqual(stateOf('1'), ['pending', 'sent']);
    const [ofAway, ofWell] = forwarding.destinations();
    assert.equal(ofAway?.pending, 2);
    assert.match(ofAway.fault ?? '', /DESTINATION_UNAVAILABLE it is/);
    assert.deepEqual(ofWell, { destination: 'well', kind: 'dicomweb', pending: 0, failed: 0 });
    assert.equal(away.asked, 1, 'asked once, not once for each image');
    assert.equal(ledger.forwards.of('2')[0]?.attempts, 0);
  });

  it('sends what waited once the destination is back', async () => {
    const away = new FakeDestination('away');
    away.fault = 'DESTINATION_UNAVAILABLE';
    store('1', 'away');
    const forwarding = start([away]);
    await until('the fault', () => forwarding.destinations()[0]?.fault);
    away.fault = undefined;
    await until('it to be sent', () => away.got.length === 1);
    await until('all to be well', () => forwarding.destinations()[0]?.fault === undefined);
    assert.deepEqual(stateOf('1'), ['sent']);
  });

  it('lets an image that a destination chokes on hold up no other', async () => {
    const choosy = new FakeDestination('choosy');
    choosy.poison = exampleJob('1').source.StudyInstanceUID;
    store('1', 'choosy');
    store('2', 'choosy');
    start([choosy]);
    await until('the second to be sent', () => choosy.got.length === 1);
    await until('the first to be given up', () => stateOf('1')[0] === 'failed');
    assert.equal(ledger.forwards.of('1')[0]?.code, 'DESTINATION_FAILED');
    assert.deepEqual(outcomes.toSorted(), ['choosy failed', 'choosy retry', 'choosy sent']);
  });

  it('gives up what nobody can take any more, and shows it until it is retried', async () => {
    store('1', 'forgotten');
    const forwarding = start([]);
    await until('it to be given up', () => stateOf('1')[0] === 'failed');
    assert.deepEqual(forwarding.destinations(), [
      { destination: 'forgotten', pending: 0, failed: 1 },
    ]);
  });

  it('gives up what has waited too long', async () => {
    const away = new FakeDestination('away');
    away.fault = 'DESTINATION_UNAVAILABLE';
    store('1', 'away');
    await until('time to pass', () => now() > (ledger.forwards.of('1')[0]?.since ?? now()));
    start([away], 0);
    await until('it to be given up', () => stateOf('1')[0] === 'failed');
    assert.equal(ledger.forwards.of('1')[0]?.code, 'DESTINATION_UNAVAILABLE');
  });
});
