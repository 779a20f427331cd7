import assert from 'node:assert/strict';
import { LRUCache } from 'lru-cache';
import { SharedWork } from '../../src/pipeline/shared-work.js';

describe('work that several ask for', () => {
  const never = new AbortController().signal;

  function bench() {
    const done: { end: (value: object) => void; signal: AbortSignal }[] = [];
    const work = new SharedWork(new LRUCache<string, object>({ max: 2 }));
    const ask = (key: string, signal = never) =>
      work.get(key, signal, (ending) => {
        return new Promise<object>((end, reject) => {
          done.push({ end, signal: ending });
          ending.addEventListener('abort', () => {
            reject(ending.reason as Error);
          });
        });
      });
    return { done, ask };
  }

  it('is done once, and its result kept', async () => {
    const { done, ask } = bench();
    const [one, other] = [ask('a'), ask('a')];
    assert.equal(done.length, 1);
    const result = {};
    done[0]?.end(result);
    assert.deepEqual(await Promise.all([one, other]), [result, result]);
    assert.equal(await ask('a'), result);
    assert.equal(done.length, 1);
  });

  it('goes on while one of them still waits', async () => {
    const { done, ask } = bench();
    const leaving = new AbortController();
    const [one, other] = [ask('a', leaving.signal), ask('a')];
    leaving.abort(new Error('gone'));
    await assert.rejects(one, /gone/);
    assert.equal(done[0]?.signal.aborted, false);
    const result = {};
    done[0].end(result);
    assert.equal(await other, result);
  });

  it('ends when nobody waits any more, and begins anew for the next', async () => {
    const { done, ask } = bench();
    const leaving = new AbortController();
    const one = ask('a', leaving.signal);
    leaving.abort(new Error('gone'));
    await assert.rejects(one, /gone/);
    assert.equal(done[0]?.signal.aborted, true);
    const next = ask('a');
    assert.equal(done.length, 2);
    const result = {};
    done[1]?.end(result);
    assert.equal(await next, result);
  });

  it('keeps no failure', async () => {
    const work = new SharedWork(new LRUCache<string, object>({ max: 2 }));
    await assert.rejects(
      work.get('a', never, () => Promise.reject(new Error('once'))),
      /once/,
    );
    const result = {};
    assert.equal(await work.get('a', never, () => Promise.resolve(result)), result);
  });
});
