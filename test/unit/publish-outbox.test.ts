import assert from 'node:assert/strict';
import { MemoryLedger } from '../../src/adapters/memory/memory-ledger.js';
import { publishOutbox } from '../../src/pipeline/publish-outbox.js';
import { accepted, exampleJob } from '../contract/ledger-contract.js';

describe('the outbox', () => {
  it('keeps what the queue did not take, and offers none twice that it did', async () => {
    const ledger = new MemoryLedger(() => new Date());
    ledger.admit([{ orthancId: 'a', seq: 1 }], 1);
    ledger.decide('a', accepted(exampleJob('1'), exampleJob('2'), exampleJob('3')));
    const offers: string[][] = [];
    /** Has room for one job each time. */
    const publish = (jobs: readonly { readonly id: string }[]) => {
      offers.push(jobs.map(({ id }) => id));
      return Promise.resolve(offers.at(-1)?.slice(-1) ?? []);
    };
    while (ledger.unpublished(1).length > 0) await publishOutbox(ledger, { publish });
    assert.deepEqual(offers, [['1', '2', '3'], ['1', '2'], ['1']]);
  });
});
