import assert from 'node:assert/strict';
import { verifyTrail } from '../../src/adapters/audit-chain.js';
import { MemoryAudit } from '../../src/adapters/memory/memory-audit.js';
import { StateDatabase } from '../../src/adapters/sqlite/database.js';
import { SqliteAudit } from '../../src/adapters/sqlite/sqlite-audit.js';
import type { AuditEvent } from '../../src/domain/audit.js';
import type { AuditTrail } from '../../src/ports/audit.js';
import { temporaryFolder } from '../support/process.js';
import { FakeClock } from './ledger-contract.js';

const added: AuditEvent = {
  action: 'user.add',
  outcome: 'done',
  who: 'ada',
  kind: 'user',
  role: 'admin',
  address: '10.0.0.7',
  target: 'grace',
  details: { role: 'viewer', second: 2 },
};
const refused: AuditEvent = {
  action: 'request.refuse',
  outcome: 'refused',
  who: 'nobody',
  kind: 'nobody',
  address: '10.0.0.8',
};

function auditContract(open: (now: () => Date) => { trail: AuditTrail; close(): void }): void {
  let clock: FakeClock;
  let opened: ReturnType<typeof open>;
  let trail: AuditTrail;
  beforeEach(() => {
    clock = new FakeClock();
    opened = open(clock.now);
    ({ trail } = opened);
  });
  afterEach(() => {
    opened.close();
  });

  it('is whole while it is empty', async () => {
    assert.equal((await verifyTrail(trail)).whole, true);
    assert.deepEqual([trail.after(0, 10), trail.lastWritten()], [[], 0]);
  });

  it('gives back each line as it was written, numbered from 1', () => {
    trail.append(added);
    clock.advance(5);
    trail.append(refused);
    const [first, second] = trail.after(0, 10);
    assert.deepEqual(second, { ...refused, seq: 2, at: clock.now(), seal: second?.seal });
    clock.advance(-5);
    assert.deepEqual(first, { ...added, seq: 1, at: clock.now(), seal: first?.seal });
    assert.deepEqual(
      trail.after(1, 10).map(({ seq }) => seq),
      [2],
    );
    assert.equal(trail.lastWritten(), 2);
  });

  it('writes a line with a key once', () => {
    for (const key of ['a', 'a', 'b', undefined, undefined]) trail.append(added, key);
    assert.equal(trail.lastWritten(), 4);
  });

  it('pages backwards, and filters by who, what, how it ended and when', () => {
    const begun = clock.now();
    for (let turn = 0; turn < 5; turn++) {
      trail.append(turn % 2 === 0 ? added : refused);
      clock.advance(1000);
    }
    const numbers = (filter: Omit<Parameters<AuditTrail['page']>[0], 'limit'>, limit = 10) =>
      trail.page({ ...filter, limit }).map(({ seq }) => seq);
    assert.deepEqual(numbers({}, 2), [5, 4]);
    assert.deepEqual(numbers({ before: 4 }, 2), [3, 2]);
    assert.deepEqual(numbers({ who: 'ada' }), [5, 3, 1]);
    assert.deepEqual(numbers({ action: 'request.refuse' }), [4, 2]);
    assert.deepEqual(numbers({ outcome: 'refused', before: 4 }), [2]);
    const since = new Date(begun.getTime() + 1000);
    assert.deepEqual(numbers({ since, until: new Date(since.getTime() + 2000) }), [3, 2]);
  });

  it('is whole over more lines than one page, and knows a seal that was noted', async () => {
    for (let turn = 0; turn < 1203; turn++) trail.append(refused);
    const verdict = await verifyTrail(trail);
    assert.deepEqual([verdict.whole, verdict.lines], [true, 1203]);
    const noted = trail.after(600, 1)[0]?.seal ?? '';
    assert.equal((await verifyTrail(trail, noted)).whole, true);
    assert.equal((await verifyTrail(trail, 'f'.repeat(64))).whole, false);
  });
}

describe('audit in memory', () => {
  auditContract((now) => ({ trail: new MemoryAudit(now), close: () => undefined }));
});

describe('audit in SQLite', () => {
  auditContract((now) => {
    const database = StateDatabase.openForWriting(temporaryFolder());
    return {
      trail: new SqliteAudit(database, now),
      close: () => {
        database.close();
      },
    };
  });

  const harm: readonly [string, string, number][] = [
    ['changed', "UPDATE trail SET who = 'eve' WHERE seq = 2", 2],
    ['taken out of the middle', 'DELETE FROM trail WHERE seq = 2', 2],
    ['taken off the end', 'DELETE FROM trail WHERE seq = 4', 4],
    ['moved in time', 'UPDATE trail SET at = at + 1 WHERE seq = 3', 3],
    ['put in another order', 'UPDATE trail SET seq = CASE seq WHEN 1 THEN 9 ELSE seq END', 1],
  ];
  for (const [how, sql, at] of harm) {
    it(`refuses that a line is ${how}, and shows it where somebody did it all the same`, async () => {
      const folder = temporaryFolder();
      const database = StateDatabase.openForWriting(folder);
      const trail = new SqliteAudit(database, () => new Date());
      for (let turn = 0; turn < 4; turn++) trail.append(added);
      assert.throws(() => database.run(sql), /append-only/);
      assert.equal((await verifyTrail(trail)).whole, true);
      // Whoever owns the file can do away with the triggers.
      database.run('DROP TRIGGER trailUnchanged');
      database.run('DROP TRIGGER trailKept');
      database.run(sql);
      const verdict = await verifyTrail(trail);
      database.close();
      assert.ok(!verdict.whole);
      assert.equal(verdict.at, at);
    });
  }
});
