import assert from 'node:assert/strict';
import { pino } from 'pino';
import { createMemoryPacs } from '../../src/adapters/memory/memory-pacs.js';
import { ColouriseError, type ErrorCode } from '../../src/domain/errors.js';
import { type ArchiveWatch, watchArchive } from '../../src/pipeline/archive-watch.js';

const away = (code: ErrorCode = 'PACS_UNAVAILABLE') => new ColouriseError(code, 'no answer');

describe('the watch over the archive', () => {
  let lines: { readonly msg: string; readonly code?: string }[];
  let asked: number;
  /** What the cheap question and every request end with. */
  let answer: ColouriseError | undefined;
  let request: ColouriseError | undefined;
  let watch: ArchiveWatch;

  beforeEach(() => {
    [lines, asked, answer, request] = [[], 0, undefined, undefined];
    const changes = () =>
      request ? Promise.reject(request) : Promise.resolve({ changes: [], last: 0, done: true });
    const write = (line: string) => lines.push(JSON.parse(line) as { msg: string });
    watch = watchArchive(
      { ...createMemoryPacs(), changes },
      {
        ask: () => {
          asked += 1;
          return answer ? Promise.reject(answer) : Promise.resolve();
        },
        firstPauseMs: 1,
        longestPauseMs: 4,
        log: pino({}, { write }),
      },
    );
  });
  afterEach(() => {
    watch.stop();
  });

  const look = () => watch.archive.changes(0, 1);

  it('asks nothing while all is well', async () => {
    await look();
    assert.equal(asked, 0);
    assert.equal(await watch.whenWell(), true);
  });

  it('notices at a look that the archive is away, without any request', async () => {
    assert.equal(await watch.look(), true);
    answer = away();
    assert.equal(await watch.look(), false);
    assert.match(watch.fault ?? '', /no answer/);
  });

  it('calls it the fault of the request when the archive answers otherwise', async () => {
    request = away();
    await assert.rejects(look, { code: 'PACS_FAILED' });
    assert.equal(watch.fault, undefined);
    assert.deepEqual(lines, []);
  });

  it('leaves a refused login what it is, and other faults without a question', async () => {
    request = away('PACS_UNAUTHORISED');
    await assert.rejects(look, { code: 'PACS_UNAUTHORISED' });
    request = away('STORAGE_FULL');
    await assert.rejects(look, { code: 'STORAGE_FULL' });
    assert.equal(asked, 1);
  });

  it('tells an outage once, however many meet it, and its end once', async () => {
    request = answer = away();
    await Promise.all([1, 2, 3].map(() => assert.rejects(look, { code: 'PACS_UNAVAILABLE' })));
    await assert.rejects(look);
    assert.match(watch.fault ?? '', /no answer/);
    const waiting = Promise.all([watch.whenWell(), watch.whenWell()]);
    request = answer = undefined;
    assert.deepEqual(await waiting, [true, true]);
    assert.equal(watch.fault, undefined);
    assert.deepEqual(
      lines.map(({ code }) => code),
      ['PACS_UNAVAILABLE', undefined],
    );
  });

  it('tells when an outage becomes another', async () => {
    request = answer = away();
    await assert.rejects(look);
    const waiting = watch.whenWell();
    answer = away('PACS_UNAUTHORISED');
    while (lines.length < 2) await new Promise((resolve) => setTimeout(resolve, 2));
    answer = undefined;
    await waiting;
    assert.deepEqual(
      lines.map(({ code }) => code),
      ['PACS_UNAVAILABLE', 'PACS_UNAUTHORISED', undefined],
    );
  });

  it('lets go of who waits when their signal or the watch ends', async () => {
    request = answer = away();
    await assert.rejects(look);
    const abort = new AbortController();
    const [one, other] = [watch.whenWell(abort.signal), watch.whenWell()];
    abort.abort();
    assert.equal(await one, false);
    watch.stop();
    assert.equal(await other, false);
    assert.equal(await watch.whenWell(), false);
  });
});
