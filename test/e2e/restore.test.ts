import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Libsql from 'libsql';
import { countInstances, stow } from '../support/archive.js';
import { runCommand } from '../support/command.js';
import { assertSettledAsExpected, settled } from '../support/end-state.js';
import { PrivateOrthanc } from '../support/orthanc.js';
import { temporaryFolder } from '../support/process.js';
import { serviceEnvironment, ServiceProcess } from '../support/service.js';
import { burst } from '../support/studies.js';

/** As docs/operations.md says. */
function restore(backup: string, dataFolder: string): void {
  for (const file of ['colouriser.db', 'colouriser.db-wal', 'colouriser.db-shm']) {
    rmSync(join(dataFolder, file), { force: true });
  }
  copyFileSync(backup, join(dataFolder, 'colouriser.db'));
}

describe('backup and restore of a service at work', function () {
  this.timeout(240_000);
  const studies = burst().slice(0, 9);
  const early = studies.slice(0, 5);
  const backup = join(temporaryFolder(), 'ledger.db');
  let orthanc: PrivateOrthanc;
  let service: ServiceProcess;

  before(async () => {
    orthanc = await PrivateOrthanc.start();
    service = await ServiceProcess.start(orthanc.url);
  });
  after(async () => {
    await service.stop();
    await orthanc.kill();
  });

  it('keeps the history of the copy, and finds in Orthanc what was coloured since', async () => {
    await Promise.all(early.map(({ part10 }) => stow(orthanc, part10)));
    await settled(service, early);
    const environment = serviceEnvironment(orthanc.url, service.dataFolder);
    const { exitCode, stderr } = await runCommand(['backup', backup], environment);
    assert.equal(exitCode, 0, stderr);
    const copied = (await service.images()).map(({ id, settledAt }) => [id, settledAt] as const);
    await Promise.all(studies.slice(early.length).map(({ part10 }) => stow(orthanc, part10)));
    await settled(service, studies);
    const instances = await countInstances(orthanc);

    await service.kill();
    restore(backup, service.dataFolder);
    await service.resume();
    await settled(service, studies);
    await assertSettledAsExpected(service, orthanc, studies);
    const rows = new Map((await service.images()).map(({ id, settledAt }) => [id, settledAt]));
    for (const [id, settledAt] of copied) assert.equal(rows.get(id), settledAt);
    assert.equal(await countInstances(orthanc), instances);
  });

  it('goes back to an older release with the copy that was made before the upgrade', async () => {
    await service.stop();
    const database = new Libsql(join(service.dataFolder, 'colouriser.db'));
    database.exec('PRAGMA user_version = 99');
    database.close();
    const older = spawnSync('bin/colouriser', ['serve'], {
      encoding: 'utf8',
      env: serviceEnvironment(orthanc.url, service.dataFolder),
    });
    assert.equal(older.status, 2, older.stderr);
    assert.match(older.stderr, /CONFIG_INVALID[^]*a newer release has written it/);
    restore(backup, service.dataFolder);
    await service.resume();
    await settled(service, studies);
    await assertSettledAsExpected(service, orthanc, studies);
  });
});
