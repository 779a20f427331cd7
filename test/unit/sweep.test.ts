import assert from 'node:assert/strict';
import type { SweepReport } from '../../src/domain/sweep.js';
import { sweep } from '../../src/bulk/sweep.js';
import type { SweepRequest } from '../../src/ports/tasks.js';
import { exampleRendering } from '../support/derivation.js';
import { makePart10 } from '../support/part10.js';
import { taskBench } from '../support/task-bench.js';

describe('the sweep', () => {
  let bench: ReturnType<typeof taskBench>;
  beforeEach(() => {
    bench = taskBench();
  });
  afterEach(() => {
    bench.database.close();
  });

  const request: SweepRequest = {
    kind: 'sweep',
    days: 30,
    dryRun: false,
    restore: false,
    redo: false,
    askedBy: 'tester',
  };
  const run = (more: Partial<SweepRequest> = {}): Promise<SweepReport> =>
    sweep({ ...request, ...more }, bench.tools, bench.control);
  const dayMs = 24 * 60 * 60 * 1000;
  const balance = ({ arrived, stored, skipped, failed, pending, missing }: SweepReport) => ({
    arrived,
    stored,
    skipped,
    failed,
    pending,
    missing,
  });

  it('finds nothing where the ledger knows all, and leaves our own colour out of the balance', async () => {
    await bench.coloured();
    await bench.skip(bench.archive.upload(makePart10().part10));
    const report = await run();
    assert.deepEqual(balance(report), {
      arrived: 2,
      stored: 1,
      skipped: 1,
      failed: 0,
      pending: 0,
      missing: 0,
    });
    assert.equal(report.compared, 1);
    assert.deepEqual(Object.values(report.findings), [0, 0, 0, 0]);
  });

  it('admits what the ledger never heard of, once', async () => {
    await bench.coloured();
    const image = makePart10();
    const missed = bench.archive.upload(image.part10);
    const dry = await run({ dryRun: true });
    assert.equal(dry.missing, 1);
    assert.equal(dry.admitted, 0);
    assert.equal(bench.reader.balance().undecided, 0);
    assert.equal(bench.reader.lastSweep(), undefined);

    const report = await run();
    assert.equal(report.missing, 1);
    assert.equal(report.admitted, 1);
    assert.deepEqual(report.examples, [
      { finding: 'missing', id: missed, SOPInstanceUID: image.SOPInstanceUID },
    ]);
    assert.deepEqual(
      bench.ledger.dueArrivals(9).map(({ orthancId }) => orthancId),
      [missed],
    );
    assert.deepEqual(bench.reader.lastSweep()?.report, report);
    const again = await run();
    assert.deepEqual([again.missing, again.pending], [0, 1]);
  });

  it('leaves what the change log will tell to the change log', async () => {
    bench.archive.upload(makePart10().part10);
    const tools = { ...bench.tools, catchUp: () => Promise.resolve(false) };
    const report = await sweep(request, tools, bench.control);
    assert.deepEqual([report.pending, report.missing, report.admitted], [1, 0, 0]);
  });

  it('looks back by arrival: what retention forgot of old images is not missing', async () => {
    const StudyInstanceUID = '2.25.4711';
    bench.archive.upload(makePart10({ StudyInstanceUID }).part10);
    bench.pass(40 * dayMs);
    bench.archive.upload(makePart10({ StudyInstanceUID }).part10);
    assert.equal((await run()).missing, 1);
  });

  it('reports colour that was deleted by hand, and restores it only when asked to', async () => {
    const { id, colourId } = await bench.coloured();
    bench.archive.delete(colourId);
    const report = await run();
    assert.equal(report.findings.outputDeleted, 1);
    assert.equal(report.requeued, 0);
    assert.equal(bench.reader.image(id)?.state, 'stored');
    assert.equal((await run({ restore: true, dryRun: true })).requeued, 0);
    assert.equal((await run({ restore: true })).requeued, 1);
    assert.equal(bench.reader.image(id)?.state, 'pending');
    assert.deepEqual(bench.audited(), [`restore ${id}`]);
  });

  it('reports colour whose original was deleted, and nothing of what went together', async () => {
    const alone = await bench.coloured();
    bench.archive.delete(alone.orthancId);
    const both = await bench.coloured();
    bench.archive.delete(both.orthancId);
    bench.archive.delete(both.colourId);
    const report = await run({ restore: true, redo: true });
    assert.deepEqual(report.findings, {
      outputDeleted: 0,
      originalDeleted: 1,
      relabelled: 0,
      duplicate: 0,
    });
    assert.equal(report.requeued, 0);
    assert.ok(await bench.archive.identify(alone.colourId));
  });

  it('notices a patient renamed since, names the attribute and no value, and makes the colour anew', async () => {
    const { id, orthancId, colourId, image } = await bench.coloured();
    bench.archive.delete(orthancId);
    const PatientName = Buffer.from('Married^Name');
    bench.archive.upload(makePart10({ ...uids(image), PatientName }).part10);
    const report = await run();
    assert.equal(report.findings.relabelled, 1);
    assert.deepEqual(report.examples[0]?.differs, ['PatientName']);
    assert.doesNotMatch(JSON.stringify(report), /Married|Test/);
    assert.ok(await bench.archive.identify(colourId));

    assert.equal((await run({ redo: true })).requeued, 1);
    assert.equal(await bench.archive.identify(colourId), undefined);
    assert.equal(bench.reader.image(id)?.state, 'pending');
    assert.deepEqual(bench.audited(), [`redo ${id}`]);
  });

  it('notices a merge of patients, where the colour stands under the old one', async () => {
    const { id, orthancId, colourId, image } = await bench.coloured();
    bench.archive.delete(orthancId);
    bench.archive.upload(makePart10({ ...uids(image), PatientID: 'MERGED' }).part10);
    const report = await run({ redo: true });
    assert.deepEqual(report.findings.relabelled, 1);
    assert.deepEqual(report.examples.find(({ finding }) => finding === 'relabelled')?.differs, [
      'PatientID',
    ]);
    assert.equal(await bench.archive.identify(colourId), undefined);
    assert.equal(bench.reader.image(id)?.state, 'pending');
  });

  it('goes on with colour that an earlier sweep removed before it could queue it', async () => {
    const { id, colourId } = await bench.coloured();
    bench.ledger.announceRedo(id);
    bench.archive.delete(colourId);
    assert.equal((await run()).requeued, 1);
    assert.equal(bench.reader.image(id)?.state, 'pending');
  });

  it('does not bring withdrawn pictures back', async () => {
    const { id, colourId } = await bench.coloured();
    bench.archive.delete(colourId);
    bench.ledger.withdraw(id, 'withdrawn');
    const report = await run({ restore: true, redo: true });
    assert.deepEqual([report.missing, report.requeued, report.findings.outputDeleted], [0, 0, 0]);
    assert.equal(bench.reader.image(id)?.code, 'WITHDRAWN');
  });

  it('calls two colours of one model version duplicates, unless one decision wanted both', async () => {
    const { image } = await bench.coloured();
    const amber = { ...exampleRendering, palette: 'amber' } as const;
    await bench.coloured(image, { rendering: amber });
    assert.equal((await run()).findings.duplicate, 0);
    const blue = { ...exampleRendering, palette: 'blue' } as const;
    await bench.coloured(image, { rendering: blue, rules: 'r2' });
    assert.equal((await run()).findings.duplicate, 1);
  });

  it('never removes what stands under our UID and is not ours', async () => {
    const { id, colourId, orthancId, image, output } = await bench.coloured();
    bench.archive.delete(colourId);
    bench.archive.delete(orthancId);
    const { StudyInstanceUID } = image;
    const PatientName = Buffer.from('Married^Name');
    bench.archive.upload(makePart10({ ...uids(image), PatientName }).part10);
    const foreign = bench.archive.upload(makePart10({ StudyInstanceUID, ...output }).part10);
    const report = await run({ redo: true });
    assert.equal(report.findings.relabelled, 1);
    assert.equal(report.requeued, 0);
    assert.ok(await bench.archive.identify(foreign));
    assert.equal(bench.reader.image(id)?.state, 'stored');
    assert.deepEqual(bench.audited(), []);
  });

  it('is taken up where it was ended, and counts as one that was never ended', async () => {
    for (let count = 0; count < 4; count += 1) await bench.coloured();
    bench.archive.upload(makePart10().part10);
    const whole = await run({ dryRun: true });
    for (const steps of [1, 3, 4]) {
      const stop = new AbortController();
      let left = steps;
      const step = () => {
        bench.pass(2000);
        if ((left -= 1) === 0) stop.abort(new Error('killed'));
      };
      const archive = {
        ...bench.archive,
        listInstances: (id: string) => {
          step();
          return bench.archive.listInstances(id);
        },
        locate: (uid: string) => {
          step();
          return bench.archive.locate(uid);
        },
      };
      const control = { ...bench.control, signal: stop.signal };
      await assert.rejects(sweep(request, { ...bench.tools, archive }, control), /killed/);
    }
    const report = await run();
    assert.deepEqual({ ...report, since: '', admitted: 0 }, { ...whole, since: '', admitted: 0 });
  });
});

const uids = ({
  StudyInstanceUID,
  SeriesInstanceUID,
  SOPInstanceUID,
}: ReturnType<typeof makePart10>) => ({
  StudyInstanceUID,
  SeriesInstanceUID,
  SOPInstanceUID,
});
