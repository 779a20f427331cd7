import assert from 'node:assert/strict';
import { pino } from 'pino';
import { SqliteTaskBook } from '../../src/adapters/sqlite/sqlite-task-book.js';
import { dueSince, startNightly, type Nightly } from '../../src/bulk/nightly.js';
import { createTasks } from '../../src/bulk/tasks.js';
import { until } from '../support/process.js';
import { taskBench } from '../support/task-bench.js';

describe('the sweep of every night', () => {
  let bench: ReturnType<typeof taskBench>;
  let nightly: Nightly | undefined;
  let lines: { readonly msg: string; readonly missing?: number; readonly arrived?: number }[];

  beforeEach(() => {
    bench = taskBench();
    lines = [];
  });
  afterEach(() => {
    nightly?.stop();
    bench.database.close();
  });

  const hourMs = 60 * 60 * 1000;
  const options = { enabled: true, hour: 2, days: 30, restore: false, redo: false };
  const book = () => new SqliteTaskBook(bench.database, bench.tools.now);
  const start = (more = {}) => {
    const write = (line: string) => lines.push(JSON.parse(line) as { msg: string });
    const log = pino({}, { write });
    const tasks = createTasks(bench.tools, { onChange: (state) => nightly?.ended(state) });
    const { reader, tools } = bench;
    nightly = startNightly(
      { ...options, ...more },
      { tasks, book: book(), reader, now: tools.now, log },
    );
    return tasks;
  };
  const balance = () => lines.find(({ msg }) => msg.startsWith('balance of the day'));

  it('is due once an hour of the day, by the local clock', () => {
    const at = (text: string) => new Date(`2026-03-10T${text}`);
    assert.deepEqual(dueSince(at('02:00'), 2), at('02:00'));
    assert.deepEqual(dueSince(at('23:59'), 2), at('02:00'));
    assert.deepEqual(dueSince(at('01:59'), 2), new Date('2026-03-09T02:00'));
    assert.deepEqual(dueSince(new Date('2026-03-01T00:30'), 2), new Date('2026-02-28T02:00'));
  });

  it('makes up for a night on which the service was down, and says the balance', async () => {
    await bench.coloured();
    book().finish(book().begin('sweep', {}, 'nightly', bench.tools.now()).id, undefined);
    bench.pass(25 * hourMs);
    const tasks = start();
    await until('the sweep', () => tasks.latest()?.outcome === 'done');
    assert.equal(tasks.latest()?.askedBy, 'nightly');
    assert.equal(balance()?.missing, 0);
    assert.match(balance()?.msg ?? '', /arrived 0 = stored 0 .*, missing 0$/);
    assert.ok(lines.some(({ msg }) => msg === 'swept'));
  });

  it('goes on with a sweep that was ended with its process', async () => {
    book().begin('sweep', { days: 30, restore: false, redo: false }, 'nightly', bench.tools.now());
    const tasks = start();
    await until('the sweep', () => tasks.latest()?.outcome === 'done');
    assert.deepEqual(book().last('sweep', 'nightly')?.isFinished, true);
  });

  it('waits for its hour after a start, and leaves a sweep of this night alone', async () => {
    book().finish(book().begin('sweep', {}, 'nightly', bench.tools.now()).id, undefined);
    const tasks = start();
    // Behind its first look, which has no delay either.
    await new Promise((resolve) => setTimeout(resolve, 0));
    assert.equal(tasks.latest(), undefined);
    assert.equal(balance(), undefined);
  });
});
