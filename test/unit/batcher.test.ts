import assert from 'node:assert/strict';
import { Batcher, type Clock, departure } from '../../src/adapters/onnx/batcher.js';

/** Time that stands still until it is told to go on. */
class FakeClock implements Clock {
  private nowMs = 0;
  private readonly alarms = new Set<{ readonly atMs: number; readonly act: () => void }>();

  now(): number {
    return this.nowMs;
  }

  after(ms: number, act: () => void): () => void {
    const alarm = { atMs: this.nowMs + ms, act };
    this.alarms.add(alarm);
    return () => this.alarms.delete(alarm);
  }

  async advance(ms: number): Promise<void> {
    this.nowMs += ms;
    for (const alarm of [...this.alarms].filter(({ atMs }) => atMs <= this.nowMs)) {
      this.alarms.delete(alarm);
      alarm.act();
    }
    await settled();
  }

  get pending(): number {
    return this.alarms.size;
  }
}

/** Lets everything run that waits for nothing but its turn. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('which batch leaves', () => {
  const policy = { size: 4, waitMs: 3 };

  it('is none while nothing waits', () => {
    assert.equal(departure([], policy, 0), 'idle');
    assert.equal(departure([{ waiting: 0, sinceMs: 0 }], policy, 100), 'idle');
  });

  it('is a full one at once, before an older one that may still fill', () => {
    const lines = [
      { waiting: 1, sinceMs: 8 },
      { waiting: 4, sinceMs: 9 },
    ];
    assert.deepEqual(departure(lines, policy, 10), { leaves: 1 });
  });

  it('is an incomplete one once its oldest has waited', () => {
    assert.deepEqual(departure([{ waiting: 1, sinceMs: 10 }], policy, 12), { inMs: 1 });
    assert.deepEqual(departure([{ waiting: 1, sinceMs: 10 }], policy, 13), { leaves: 0 });
  });

  it('is the one that has waited longest where several are due', () => {
    const lines = [
      { waiting: 4, sinceMs: 9 },
      { waiting: 1, sinceMs: 5 },
    ];
    assert.deepEqual(departure(lines, policy, 10), { leaves: 1 });
  });
});

describe('a batcher', () => {
  /** Batches as they left, each to be answered by hand. */
  function station(options: { size?: number; lanes?: number } = {}) {
    const clock = new FakeClock();
    const left: {
      key: string;
      items: readonly number[];
      answer: () => Promise<void>;
      fail: () => Promise<void>;
    }[] = [];
    const batcher = new Batcher<string, number, string>({
      size: options.size ?? 3,
      waitMs: 5,
      lanes: options.lanes ?? 1,
      clock,
      run: (key, items) =>
        new Promise((resolve, reject) => {
          left.push({
            key,
            items,
            answer: () => {
              resolve(items.map((item) => `${key}${item}`));
              return settled() as Promise<void>;
            },
            fail: () => {
              reject(new Error('broken'));
              return settled() as Promise<void>;
            },
          });
        }),
    });
    return { clock, left, batcher };
  }

  it('runs a full batch without waiting and answers each item in its place', async () => {
    const { clock, left, batcher } = station();
    const answers = Promise.all([1, 2, 3].map((item) => batcher.submit('a', item)));
    assert.deepEqual(left[0]?.items, [1, 2, 3]);
    assert.equal(clock.pending, 0);
    await left[0].answer();
    assert.deepEqual(await answers, ['a1', 'a2', 'a3']);
  });

  it('runs an incomplete batch after the wait, counted from its oldest item', async () => {
    const { clock, left, batcher } = station();
    void batcher.submit('a', 1);
    await clock.advance(4);
    void batcher.submit('a', 2);
    assert.equal(left.length, 0);
    await clock.advance(1);
    assert.deepEqual(left[0]?.items, [1, 2]);
  });

  it('never mixes keys', async () => {
    const { clock, left, batcher } = station({ lanes: 2 });
    for (const item of [1, 2]) for (const key of ['a', 'b']) void batcher.submit(key, item);
    await clock.advance(5);
    assert.deepEqual(
      left.map(({ key, items }) => [key, items]),
      [
        ['a', [1, 2]],
        ['b', [1, 2]],
      ],
    );
  });

  it('lets what comes while all lanes are busy fill the next batch', async () => {
    const { clock, left, batcher } = station({ size: 4 });
    void batcher.submit('a', 0);
    await clock.advance(5);
    for (const item of [1, 2, 3, 4, 5]) void batcher.submit('a', item);
    await clock.advance(100);
    assert.equal(left.length, 1);
    assert.equal(batcher.waiting, 5);
    await left[0]?.answer();
    assert.deepEqual(left[1]?.items, [1, 2, 3, 4]);
    await left[1].answer();
    assert.deepEqual(left[2]?.items, [5]);
  });

  it('takes an aborted item out of the line, and its neighbours leave without it', async () => {
    const { clock, left, batcher } = station();
    const abort = new AbortController();
    const kept = batcher.submit('a', 1);
    const gone = batcher.submit('a', 2, abort.signal);
    abort.abort(new Error('stopped'));
    await assert.rejects(gone, /stopped/);
    await clock.advance(5);
    assert.deepEqual(left[0]?.items, [1]);
    await left[0].answer();
    assert.equal(await kept, 'a1');
  });

  it('frees the caller of an aborted item that runs, and answers its neighbours', async () => {
    const { left, batcher } = station({ size: 2 });
    const abort = new AbortController();
    const kept = batcher.submit('a', 1);
    const gone = batcher.submit('a', 2, abort.signal);
    abort.abort(new Error('stopped'));
    await assert.rejects(gone, /stopped/);
    await left[0]?.answer();
    assert.equal(await kept, 'a1');
    await assert.rejects(batcher.submit('a', 3, abort.signal), /stopped/);
    assert.equal(batcher.waiting, 0);
  });

  it('fails the items of a failed batch and goes on with the next', async () => {
    const { left, batcher } = station({ size: 1 });
    const [first, second] = [batcher.submit('a', 1), batcher.submit('a', 2)];
    const failure = assert.rejects(first, /broken/);
    await left[0]?.fail();
    await failure;
    await left[1]?.answer();
    assert.equal(await second, 'a2');
    assert.equal(batcher.running, 0);
  });
});
