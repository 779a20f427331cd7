import assert from 'node:assert/strict';
import { reprocess } from '../../src/bulk/reprocess.js';
import { createTasks } from '../../src/bulk/tasks.js';
import { withdraw } from '../../src/bulk/withdraw.js';
import type { ReprocessRequest, TaskState, WithdrawRequest } from '../../src/ports/tasks.js';
import { ColouriseError } from '../../src/domain/errors.js';
import { exampleRendering } from '../support/derivation.js';
import { makePart10 } from '../support/part10.js';
import { taskBench } from '../support/task-bench.js';

const common = {
  model: 'evidence',
  version: '1.0.0',
  dryRun: false,
  perSecond: 1000,
  askedBy: 'tester',
} as const;

describe('withdrawal', () => {
  let bench: ReturnType<typeof taskBench>;
  beforeEach(() => {
    bench = taskBench();
  });
  afterEach(() => {
    bench.database.close();
  });

  const request: WithdrawRequest = { kind: 'withdraw', ...common };
  const run = (more: Partial<WithdrawRequest> = {}) =>
    withdraw({ ...request, ...more }, bench.tools, bench.control);

  it('only counts in a dry run', async () => {
    const { id, colourId } = await bench.coloured();
    const report = await run({ dryRun: true });
    assert.deepEqual(report.selected, { stored: 1, withdrawn: 0, pending: 0, studies: 1 });
    assert.equal(report.withdrawn, 0);
    assert.ok(await bench.archive.identify(colourId));
    assert.equal(bench.reader.image(id)?.state, 'stored');
    assert.deepEqual(bench.audited(), []);
  });

  it('removes our colour of that version, marks its rows, and leaves everything else', async () => {
    const ours = await bench.coloured();
    const other = await bench.coloured(makePart10(), {
      rendering: { ...exampleRendering, modelVersion: '2.0.0' },
    });
    const report = await run();
    assert.deepEqual([report.withdrawn, report.refused], [1, 0]);
    assert.equal(await bench.archive.identify(ours.colourId), undefined);
    assert.ok(await bench.archive.identify(ours.orthancId));
    assert.ok(await bench.archive.identify(other.colourId));
    assert.equal(bench.reader.image(ours.id)?.code, 'WITHDRAWN');
    assert.equal(bench.reader.image(other.id)?.state, 'stored');
    assert.deepEqual(bench.audited(), [`withdraw ${ours.id}`]);
    assert.equal((await run()).withdrawn, 0);
  });

  it('removes one image alone when it is named', async () => {
    const [one, other] = [await bench.coloured(), await bench.coloured(makePart10())];
    assert.deepEqual((await run({ image: one.id, dryRun: true })).selected.stored, 1);
    assert.equal((await run({ image: one.id })).withdrawn, 1);
    assert.equal(bench.reader.image(one.id)?.code, 'WITHDRAWN');
    assert.equal(bench.reader.image(other.id)?.state, 'stored');
    assert.deepEqual(bench.audited(), [`withdraw ${one.id}`]);
  });

  it('leaves alone what stands under our UID and is not ours', async () => {
    const { id, colourId, image, output } = await bench.coloured();
    bench.archive.delete(colourId);
    const { StudyInstanceUID } = image;
    const foreign = bench.archive.upload(makePart10({ StudyInstanceUID, ...output }).part10);
    const report = await run();
    assert.deepEqual([report.withdrawn, report.refused, report.refusedIds], [0, 1, [id]]);
    assert.ok(await bench.archive.identify(foreign));
    assert.equal(bench.reader.image(id)?.state, 'stored');
    assert.deepEqual(bench.audited(), []);
  });

  it('marks what was ended between removal and mark, with one audit line', async () => {
    const { id } = await bench.coloured();
    const dies = {
      ...bench.tools,
      archive: {
        ...bench.archive,
        erase: async (orthancId: string) => {
          await bench.archive.erase(orthancId);
          throw new Error('killed');
        },
      },
    };
    await assert.rejects(withdraw(request, dies, bench.control));
    assert.equal(bench.reader.image(id)?.state, 'stored');
    const report = await run();
    assert.deepEqual([report.withdrawn, report.alreadyGone], [1, 1]);
    assert.equal(bench.reader.image(id)?.code, 'WITHDRAWN');
    assert.deepEqual(bench.audited(), [`withdraw ${id}`]);
  });

  it('keeps to its rate', async () => {
    for (let count = 0; count < 3; count += 1) await bench.coloured();
    const start = performance.now();
    await run({ perSecond: 10 });
    // The first goes at once; timers may fire a millisecond early.
    assert.ok(performance.now() - start >= 195);
  });
});

describe('reprocessing', () => {
  let bench: ReturnType<typeof taskBench>;
  beforeEach(() => {
    bench = taskBench();
  });
  afterEach(() => {
    bench.database.close();
  });

  const request: ReprocessRequest = { kind: 'reprocess', ...common };
  const run = (more: Partial<ReprocessRequest> = {}) =>
    reprocess({ ...request, ...more }, bench.tools, bench.control);
  const due = () => bench.ledger.dueArrivals(9).map(({ orthancId }) => orthancId);

  it('lets the rules of now decide stored and withdrawn images anew', async () => {
    const stored = await bench.coloured();
    const withdrawn = await bench.coloured();
    bench.ledger.withdraw(withdrawn.id, 'withdrawn');
    await bench.coloured(makePart10(), { rendering: { ...exampleRendering, model: 'other' } });
    assert.equal((await run({ dryRun: true })).selected.withdrawn, 1);
    assert.deepEqual(due(), []);
    const report = await run();
    assert.equal(report.queued, 2);
    assert.deepEqual([...due()].sort(), [stored.orthancId, withdrawn.orthancId].sort());
    assert.equal(bench.audited().length, 2);
  });

  it('asks for another model, whatever the rules say', async () => {
    const { orthancId } = await bench.coloured();
    await run({ toModel: 'autoencoder' });
    assert.deepEqual(bench.asked, [`${orthancId} autoencoder`]);
    assert.deepEqual(due(), []);
  });

  it('counts images whose originals are gone and asks for nothing', async () => {
    const { orthancId } = await bench.coloured();
    bench.archive.delete(orthancId);
    const report = await run();
    assert.deepEqual([report.queued, report.originalsGone], [0, 1]);
    assert.deepEqual(due(), []);
  });

  it('goes on where it was ended', async () => {
    const images = [];
    for (let count = 0; count < 4; count += 1) images.push(await bench.coloured());
    const stop = new AbortController();
    const wake = () => {
      bench.pass(2000);
      if (due().length === 2) stop.abort(new Error('killed'));
    };
    const control = { ...bench.control, signal: stop.signal };
    await assert.rejects(reprocess(request, { ...bench.tools, wake }, control), /killed/);
    assert.equal(due().length, 2);
    const report = await run();
    assert.equal(report.queued, 4);
    assert.equal(due().length, 4);
    assert.equal(bench.audited().length, 4);
  });
});

describe('tasks', () => {
  let bench: ReturnType<typeof taskBench>;
  beforeEach(() => {
    bench = taskBench();
  });
  afterEach(() => {
    bench.database.close();
  });

  const request: WithdrawRequest = { kind: 'withdraw', ...common };
  const ended = (): [Promise<TaskState>, (state: TaskState) => void] => {
    let tell: (state: TaskState) => void = () => undefined;
    const end = new Promise<TaskState>((resolve) => (tell = resolve));
    return [
      end,
      (state) => {
        tell(state);
      },
    ];
  };

  it('run one at a time and tell what they came to', async () => {
    await bench.coloured();
    const [end, onChange] = ended();
    const tasks = createTasks(bench.tools, { onChange });
    assert.equal(tasks.latest(), undefined);
    assert.equal(tasks.start(request)?.kind, 'withdraw');
    assert.equal(tasks.start(request), undefined);
    const { outcome, report, done, of } = await end;
    assert.equal(outcome, 'done');
    assert.deepEqual([done, of], [1, 1]);
    assert.deepEqual(report, tasks.latest()?.report);
    assert.ok(tasks.start(request));
    await tasks.cancel();
  });

  it('end after the image in hand when they are cancelled', async () => {
    for (let count = 0; count < 3; count += 1) await bench.coloured();
    const tasks = createTasks(bench.tools);
    tasks.start({ ...request, perSecond: 0.1 });
    await tasks.cancel();
    assert.equal(tasks.latest()?.outcome, 'cancelled');
    assert.equal(bench.reader.balance().stored, 2);
  });

  it('wait for an archive that is away where somebody watches it, and fail with its code elsewhere', async () => {
    await bench.coloured();
    let away = true;
    const archive = {
      ...bench.archive,
      locate: (uid: string) =>
        away
          ? Promise.reject(new ColouriseError('PACS_UNAVAILABLE', 'away'))
          : bench.archive.locate(uid),
    };
    const [failed, onFailure] = ended();
    createTasks({ ...bench.tools, archive }, { onChange: onFailure }).start(request);
    assert.equal((await failed).code, 'PACS_UNAVAILABLE');
    const [end, onChange] = ended();
    const whenWell = () => {
      away = false;
      return Promise.resolve(true);
    };
    createTasks({ ...bench.tools, archive }, { onChange, whenWell }).start(request);
    assert.equal((await end).outcome, 'done');
    assert.equal(bench.reader.balance().stored, 0);
  });
});
