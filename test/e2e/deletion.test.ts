import assert from 'node:assert/strict';
import { colourInstances, countInstances, lookUp, stow } from '../support/archive.js';
import { assertSettledAsExpected, settled } from '../support/end-state.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { PrivateOrthanc } from '../support/orthanc.js';
import { until } from '../support/process.js';
import { ServiceProcess } from '../support/service.js';
import { chestStudy, drawPhantoms, type Study } from '../support/studies.js';

describe('images that go away', function () {
  this.timeout(120_000);
  let orthanc: PrivateOrthanc;
  let proxy: FaultProxy;
  let service: ServiceProcess;

  before(async () => {
    // Drawing stops this process, and the proxy with it.
    drawPhantoms();
    orthanc = await PrivateOrthanc.start();
    proxy = await FaultProxy.start(orthanc.url);
    service = await ServiceProcess.start(proxy.url);
  });
  after(async () => {
    await service.stop();
    await proxy.close();
    await orthanc.kill();
  });

  const remove = async ({ StudyInstanceUID }: Study): Promise<void> => {
    for (const id of await lookUp(orthanc, StudyInstanceUID))
      await orthanc.delete(`/studies/${id}`);
  };
  const rowOf = async (study: Study) => (await service.rowsOf(study.SOPInstanceUID))[0];

  it('after they were announced and before they were looked at have a row that says so', async () => {
    proxy.set({ fault: { kind: 'delay', ms: 1500 }, path: /\/tags$/ });
    const before = (await service.status()).balance;
    const study = chestStudy(1);
    await stow(orthanc, study.part10);
    await until('its arrival', async () => (await service.status()).balance.undecided > 0);
    await remove(study);
    proxy.clear();
    await until('its row', async () => {
      const { balance } = await service.status();
      return balance.undecided === 0 && balance.skipped > before.skipped;
    });
    const [newest] = await service.images();
    assert.equal(newest?.code, 'SOURCE_GONE');
    assert.deepEqual(await colourInstances(orthanc, study.StudyInstanceUID), []);
  });

  it('while they are coloured leave no colour series behind', async () => {
    const study = chestStudy(2);
    const { SOPInstanceUID } = study;
    const uid = SOPInstanceUID.replaceAll('.', '\\.');
    const fetched = new RegExp(`/instances/(${uid}|[0-9a-f-]+/file)$`);
    // Asked for before the file is fetched, and once more before the colour is stored.
    proxy.set({ fault: { kind: 'delay', ms: 2000 }, path: /^\/instances\/[^/]+$/ });
    await stow(orthanc, study.part10);
    await until(
      'its pixels to be fetched',
      () => proxy.seen.some((line) => fetched.test(line)),
      30_000,
    );
    await remove(study);
    proxy.clear();
    const row = await until(
      'its row to settle',
      async () => {
        const found = await rowOf(study);
        return found && found.state !== 'pending' ? found : undefined;
      },
      30_000,
    );
    assert.deepEqual(
      { state: row.state, code: row.code },
      { state: 'skipped', code: 'SOURCE_GONE' },
    );
    assert.deepEqual(await lookUp(orthanc, study.StudyInstanceUID), []);
  });

  it('and come again are coloured again', async () => {
    const study = chestStudy(3);
    await stow(orthanc, study.part10);
    await settled(service, [study]);
    await remove(study);
    await stow(orthanc, study.part10);
    await until(
      'its second colour series',
      async () => (await colourInstances(orthanc, study.StudyInstanceUID)).length === 1,
      60_000,
    );
    await settled(service, [study]);
    await assertSettledAsExpected(service, orthanc, [study]);
  });

  it('with their whole archive are coloured again when they are sent in the same order to a new one', async () => {
    const studies = [chestStudy(4), chestStudy(5)];
    const sendAll = async () => {
      for (const { part10 } of studies) await stow(orthanc, part10);
    };
    await orthanc.wipe();
    await orthanc.resume();
    await sendAll();
    await settled(service, studies);
    await until('the new archive to be noticed', () =>
      service.lines().some(({ msg }) => msg.includes('Orthanc was reset')),
    );
    // A new log that is as long as what was read of the old one cannot be told from it: so our own images are read, too.
    for (const study of studies) {
      const output = (await rowOf(study))?.output?.SOPInstanceUID ?? '';
      await until('our own image to be noticed', async () =>
        (await service.rowsOf(output)).some(({ code }) => code === 'OWN_OUTPUT'),
      );
    }
    await orthanc.wipe();
    await orthanc.resume();
    await sendAll();
    await until(
      'colour in the second archive',
      async () => (await countInstances(orthanc)) === 2 * studies.length,
      60_000,
    );
    await settled(service, studies);
    await assertSettledAsExpected(service, orthanc, studies);
  });
});
