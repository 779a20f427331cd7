import assert from 'node:assert/strict';
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { SweepReport } from '../../src/domain/sweep.js';
import { colourInstances, fileOf, lookUp, stow } from '../support/archive.js';
import { runCommand } from '../support/command.js';
import { PrivateOrthanc } from '../support/orthanc.js';
import { makePart10 } from '../support/part10.js';
import { assertNamesNobody } from '../support/people.js';
import { temporaryFolder, until } from '../support/process.js';
import { ServiceProcess, serviceEnvironment } from '../support/service.js';
import { chestStudy, type Study } from '../support/studies.js';

interface Answer {
  readonly outcome: string;
  readonly report: SweepReport & {
    readonly withdrawn: number;
    readonly refused: number;
    readonly queued: number;
    readonly selected: { readonly stored: number };
  };
}

const coloured = ['--model', 'evidence', '--version', '1.3.0'];

/** One hospital's day after day: each part goes on from what the one before left. */
describe('what archive and ledger do not agree on', function () {
  this.timeout(240_000);
  let orthanc: PrivateOrthanc;
  let service: ServiceProcess;
  const studies = [0, 1, 2, 3, 4].map(chestStudy);
  const [first, second, third] = studies as [Study, Study, Study];

  before(async () => {
    orthanc = await PrivateOrthanc.start();
    service = await ServiceProcess.start(orthanc.url);
  });
  after(async () => {
    await service.stop();
    await orthanc.kill();
  });

  /** The command asks the service at the port on which it answers now. */
  const environment = () =>
    serviceEnvironment(orthanc.url, service.dataFolder, {
      COLOURISER_HTTP_PORT: new URL(service.url).port,
    });
  const command = async (...args: readonly string[]): Promise<Answer> => {
    const { json, stderr, exitCode } = await runCommand([...args, '--json'], environment());
    assert.equal(exitCode, 0, stderr + JSON.stringify(json));
    return json as Answer;
  };
  const sweep = async (...args: readonly string[]) =>
    (await command('sweep', '--since', '2d', ...args)).report;
  const rowOf = async ({ SOPInstanceUID }: Study) =>
    (await service.rowsOf(SOPInstanceUID)).find(({ model }) => model === 'evidence');
  const colourOf = async ({ StudyInstanceUID }: Study) =>
    (await colourInstances(orthanc, StudyInstanceUID)).map((each) => each.SOPInstanceUID);
  const remove = async (SOPInstanceUID: string) => {
    for (const id of await lookUp(orthanc, SOPInstanceUID)) {
      await orthanc.delete(`/instances/${id}`);
    }
  };
  const stored = (study: Study) =>
    until('it to be stored', async () => (await rowOf(study))?.state === 'stored', 120_000);
  const heardOf = async (rows: number) => {
    const { undecided, pending, stored: done, skipped, failed } = (await service.status()).balance;
    return undecided + pending === 0 && done + skipped + failed >= rows;
  };
  /** Each colour image of ours is an arrival as well. */
  const decidedAll = (rows = 0) => until('all to be decided', () => heardOf(rows), 120_000);

  it('finds images that neither an older ledger nor the change log knows', async () => {
    await stow(orthanc, first.part10);
    await decidedAll(2);
    await service.stop();
    const database = join(service.dataFolder, 'colouriser.db');
    const backup = join(temporaryFolder(), 'backup.db');
    copyFileSync(database, backup);
    await service.resume();
    for (const study of studies.slice(1)) await stow(orthanc, study.part10);
    await decidedAll(10);
    await service.stop();

    for (const file of ['', '-wal', '-shm']) rmSync(database + file, { force: true });
    copyFileSync(backup, database);
    await orthanc.delete('/changes');
    // Without a service the command looks into the folder itself.
    const dry = await sweep('--dry-run');
    assert.equal(dry.missing, 8, 'four images and their colour');
    await service.resume();
    assert.equal((await service.images()).length, 1);

    const report = await sweep();
    assert.deepEqual([report.arrived, report.missing, report.admitted], [9, 8, 8]);
    await decidedAll(10);
    for (const study of studies) {
      assert.equal((await rowOf(study))?.state, 'stored');
      assert.equal((await colourOf(study)).length, 1);
    }
    const again = await sweep();
    assert.deepEqual([again.arrived, again.stored, again.missing], [5, 5, 0]);
    const { daily } = await service.status();
    assert.equal(daily.missing, 0);
    assert.equal(daily.arrived, daily.stored + daily.skipped + daily.failed + daily.pending);
  });

  it('reports colour that was deleted by hand, and colours anew when asked to', async () => {
    const [colour = ''] = await colourOf(first);
    await remove(colour);
    const report = await sweep();
    assert.equal(report.findings.outputDeleted, 1);
    assert.deepEqual(await colourOf(first), []);
    assert.equal((await sweep('--restore')).requeued, 1);
    await stored(first);
    assert.deepEqual(await colourOf(first), [colour]);
  });

  it('reports colour whose original was deleted', async () => {
    await remove(second.SOPInstanceUID);
    const report = await sweep('--restore', '--redo');
    assert.deepEqual(report.findings, {
      outputDeleted: 0,
      originalDeleted: 1,
      relabelled: 0,
      duplicate: 0,
    });
    assert.equal((await colourOf(second)).length, 1);
    await stow(orthanc, second.part10);
    await until('it to be found again', async () => (await sweep()).findings.originalDeleted === 0);
    await decidedAll();
  });

  it('notices a renamed patient without saying the name, and replaces the colour', async () => {
    const [id = ''] = await lookUp(orthanc, third.SOPInstanceUID);
    const answer = await fetch(`${orthanc.url}/instances/${id}/modify`, {
      method: 'POST',
      body: JSON.stringify({
        Replace: { PatientName: 'Quarrington2^Ottilie^Married' },
        Keep: ['SOPInstanceUID'],
        Force: true,
      }),
    });
    const renamed = new Uint8Array(await answer.arrayBuffer());
    await orthanc.delete(`/instances/${id}`);
    await stow(orthanc, renamed);
    await until('the new name to be noticed', async () => {
      const { examples } = await sweep();
      return examples.some(({ differs }) => differs?.includes('PatientName'));
    });
    await decidedAll();
    assert.equal((await sweep('--redo')).requeued, 1);
    await stored(third);
    const [colour = ''] = await colourOf(third);
    assert.match((await fileOf(orthanc, colour)).toString('latin1'), /Ottilie\^Married/);
    assert.equal((await sweep()).findings.relabelled, 0);
    assertNamesNobody(service.log, 'the log');
  });

  it('withdraws a version after a dry run, over kill -9, and touches nothing else', async () => {
    const foreign = makePart10({
      StudyInstanceUID: first.StudyInstanceUID,
      PatientID: first.person.PatientID,
    });
    await stow(orthanc, foreign.part10);
    await decidedAll();
    const held = () => orthanc.json<string[]>('/instances');
    const before = await held();
    const colourBefore = (await Promise.all(studies.map(colourOf))).flat();
    assert.equal(colourBefore.length, 6, 'the foreign object is a Secondary Capture as well');

    const dry = await command('withdraw', ...coloured, '--dry-run');
    assert.equal(dry.report.selected.stored, 5);
    assert.deepEqual((await held()).sort(), before.sort());

    const slow = runCommand(['withdraw', ...coloured, '--rate', '1', '--json'], environment());
    await until('the first to be gone', async () => (await held()).length < before.length);
    await service.kill();
    await slow;
    const left = (await held()).length - (before.length - 5);
    assert.ok(left > 0, 'it was killed in the middle');

    await service.resume();
    const { report } = await command('withdraw', ...coloured, '--rate', '50');
    assert.ok(report.withdrawn >= left);
    assert.equal(report.refused, 0);
    assert.deepEqual(await colourOf(first), [foreign.SOPInstanceUID]);
    for (const study of studies) {
      assert.equal((await lookUp(orthanc, study.SOPInstanceUID)).length, 1);
      const row = await rowOf(study);
      assert.deepEqual([row?.state, row?.code], ['skipped', 'WITHDRAWN']);
    }
    assert.equal((await held()).length, before.length - 5);
  });

  it('does not bring withdrawn pictures back, until somebody asks for that', async () => {
    const report = await sweep('--restore', '--redo');
    assert.deepEqual([report.missing, report.requeued], [0, 0]);
    await decidedAll();
    assert.deepEqual(await colourOf(second), []);
    const { queued } = (await command('reprocess', ...coloured, '--rate', '50')).report;
    assert.equal(queued, 5);
    for (const study of studies) await stored(study);
    assert.equal((await colourOf(second)).length, 1);
  });
});
