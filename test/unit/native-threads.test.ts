import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startNativeThreads } from '../../src/adapters/threads/native-threads.js';
import { temporaryFolder } from '../support/process.js';

/** Loads slowly and works slowly, as native code does, and leaves a mark when it has. */
function slowThread(folder: string): URL {
  const file = join(folder, 'thread.mjs');
  const source = `
    import { writeFileSync } from 'node:fs';
    const pause = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    const mark = (what) => writeFileSync(${JSON.stringify(folder)} + '/' + what, '');
    pause(300);
    export function work(name) { pause(300); mark(name); }
    export function fail() { throw new Error('no'); }
  `;
  writeFileSync(file, source);
  return pathToFileURL(file);
}

describe('threads with native code', () => {
  it('are ended only when they have loaded and answered', async () => {
    const folder = temporaryFolder();
    const threads = startNativeThreads(slowThread(folder), { maxThreads: 1 });
    const work = threads.run('worked', { name: 'work' });
    await threads.close();
    assert.ok(existsSync(join(folder, 'worked')));
    await work;
  });

  it('are ended when nothing was done yet', async () => {
    await startNativeThreads(slowThread(temporaryFolder()), { maxThreads: 2 }).close();
  });

  it('answer a failed task while others still load', async () => {
    const folder = temporaryFolder();
    const threads = startNativeThreads(slowThread(folder), { maxThreads: 2 });
    const both = [threads.run(0, { name: 'fail' }), threads.run('other', { name: 'work' })];
    await assert.rejects(Promise.all(both), /no/);
    await threads.close();
    assert.ok(existsSync(join(folder, 'other')));
    await Promise.allSettled(both);
  });
});
