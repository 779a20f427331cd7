import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { colourInstances, stow } from '../support/archive.js';
import { runCommand } from '../support/command.js';
import { settled } from '../support/end-state.js';
import { PrivateOrthanc } from '../support/orthanc.js';
import { assertNamesNobody } from '../support/people.js';
import { temporaryFolder, until } from '../support/process.js';
import { type ImageAnswer, ServiceProcess, serviceEnvironment } from '../support/service.js';
import { chestStudy, type Study } from '../support/studies.js';

const rules = `rules:
  - name: chest
    when: { BodyPartExamined: CHEST }
    colourise: { model: evidence, forward: [research, workstation, nowhere] }
`;

/** One story: each part goes on from what the one before left. */
describe('colour that goes on to other servers', function () {
  this.timeout(240_000);
  const folder = temporaryFolder();
  let near: PrivateOrthanc;
  let research: PrivateOrthanc;
  let workstation: PrivateOrthanc;
  let service: ServiceProcess;
  const studies = [0, 1, 2, 3].map(chestStudy);
  const [first, second, ...later] = studies as [Study, Study, ...Study[]];

  before(async () => {
    [research, workstation] = await Promise.all([PrivateOrthanc.start(), PrivateOrthanc.start()]);
    near = await PrivateOrthanc.start({
      configuration: {
        DicomModalities: { WS: ['WS', '127.0.0.1', workstation.dicomPort] },
      },
    });
    writeFileSync(join(folder, 'rules.yaml'), rules);
    service = await ServiceProcess.start(near.url, { env: environment() });
  });
  after(async () => {
    await service.stop();
    await Promise.all([near, research, workstation].map((each) => each.kill()));
  });

  const environment = () => ({
    COLOURISER_RULES_FILE: join(folder, 'rules.yaml'),
    COLOURISER_FORWARD_RETRY_BASE_MS: '100',
    COLOURISER_FORWARD_DESTINATIONS: JSON.stringify({
      research: { dicomweb: `${research.url}/dicom-web` },
      workstation: { modality: 'WS' },
      nowhere: { dicomweb: 'http://127.0.0.1:1/dicom-web' },
    }),
  });
  const rowOf = async ({ SOPInstanceUID }: Study): Promise<ImageAnswer> => {
    const [row] = await service.rowsOf(SOPInstanceUID);
    assert.ok(row);
    return service.get(`/api/images/${row.id}`);
  };
  const statesOf = async (study: Study) =>
    Object.fromEntries(
      ((await rowOf(study)).forwards ?? []).map(({ destination, state }) => [destination, state]),
    );
  const send = async (...sent: readonly Study[]) => {
    for (const { part10 } of sent) await stow(near, part10);
    await settled(service, sent);
  };
  const reached = (destination: string, ...sent: readonly Study[]) =>
    until(
      `${destination} to have it`,
      async () => {
        const states = await Promise.all(sent.map(statesOf));
        return states.every((of) => of[destination] === 'sent');
      },
      90_000,
      250,
    );
  const heldBy = async (orthanc: PrivateOrthanc) =>
    (await orthanc.json<string[]>('/instances')).length;
  const destination = async (name: string) =>
    (await service.status()).destinations.find((each) => each.destination === name);

  it('reaches a DICOMweb server and a modality, though a third destination is away', async () => {
    await send(first);
    await reached('research', first);
    await reached('workstation', first);
    const [original] = await colourInstances(near, first.StudyInstanceUID);
    for (const orthanc of [research, workstation]) {
      assert.deepEqual(await colourInstances(orthanc, first.StudyInstanceUID), [original]);
      assert.equal(await heldBy(orthanc), 1);
    }
    const { fault, pending } = await until('the fault to show', async () => {
      const found = await destination('nowhere');
      return found?.fault === undefined ? undefined : found;
    });
    assert.match(fault ?? '', /refused/);
    assert.equal(pending, 1);
    assert.equal((await service.status()).state, 'ready');
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    assert.match(metrics, /colouriser_destination_reachable\{destination="nowhere"\} 0/);
    assert.match(metrics, /colouriser_destination_reachable\{destination="research"\} 1/);
    assert.match(metrics, /colouriser_forwards_pending\{destination="nowhere"\} 1/);
  });

  it('waits for a modality that is away, and gets there when it is back', async () => {
    await workstation.kill();
    await send(second);
    await reached('research', second);
    await until('the modality to be missed', async () => (await destination('workstation'))?.fault);
    assert.equal((await statesOf(second))['workstation'], 'pending');
    await workstation.resume();
    await reached('workstation', second);
    assert.equal(await heldBy(workstation), 2);
  });

  it('loses and doubles nothing when the service is killed on the way', async () => {
    await Promise.all([research.kill(), workstation.kill()]);
    for (const { part10 } of later) await stow(near, part10);
    await until(
      'one to be stored',
      async () => {
        const rows = await service.images();
        const stored = rows.filter(({ state }) => state === 'stored');
        return stored.length > 2;
      },
      120_000,
    );
    await service.kill();
    await Promise.all([research.resume(), workstation.resume()]);
    await service.resume();
    await settled(service, studies);
    await until('the first of them to be sent', async () => (await heldBy(research)) > 2, 60_000);
    await service.kill();
    await service.resume();
    await reached('research', ...studies);
    await reached('workstation', ...studies);
    for (const orthanc of [research, workstation]) {
      assert.equal(await heldBy(orthanc), studies.length);
    }
    assert.equal((await destination('nowhere'))?.pending, studies.length);
  });

  it('is given up where the settings no longer name its destination, until it is retried', async () => {
    await service.stop();
    const { COLOURISER_FORWARD_DESTINATIONS: destinations, ...rest } = environment();
    const { nowhere, ...kept } = JSON.parse(destinations) as Record<string, object>;
    assert.ok(nowhere);
    writeFileSync(join(folder, 'rules.yaml'), rules.replace(', nowhere', ''));
    service = await ServiceProcess.start(near.url, {
      dataFolder: service.dataFolder,
      env: { ...rest, COLOURISER_FORWARD_DESTINATIONS: JSON.stringify(kept) },
    });
    await until('them to be given up', async () => (await destination('nowhere'))?.failed === 4);
    assert.equal((await rowOf(first)).forwards?.[0]?.code, 'DESTINATION_UNKNOWN');
    await service.stop();
    const now = {
      ...environment(),
      COLOURISER_FORWARD_DESTINATIONS: destinations.replace(
        'http://127.0.0.1:1/',
        `${workstation.url}/`,
      ),
    };
    const given = serviceEnvironment(near.url, service.dataFolder, now);
    const { json, exitCode, stderr } = await runCommand(
      ['forward', 'retry', '--destination', 'nowhere', '--json'],
      given,
    );
    assert.equal(exitCode, 0, stderr);
    assert.deepEqual(json, { retried: 4 });
    service = await ServiceProcess.start(near.url, { dataFolder: service.dataFolder, env: now });
    await reached('nowhere', ...studies);
    assert.equal(await heldBy(workstation), studies.length, 'it had them by C-STORE already');
  });

  it('is listed by a command while the service runs', async () => {
    const given = serviceEnvironment(near.url, service.dataFolder, {
      ...environment(),
      COLOURISER_HTTP_PORT: new URL(service.url).port,
    });
    const { json, exitCode } = await runCommand(['forward', 'list', '--json'], given);
    assert.equal(exitCode, 0);
    assert.deepEqual(
      (json as { destinations: { destination: string; pending: number }[] }).destinations.map(
        ({ destination: name, pending }) => [name, pending],
      ),
      [
        ['research', 0],
        ['workstation', 0],
        ['nowhere', 0],
      ],
    );
    const retried = await runCommand(['forward', 'retry', '--json'], given);
    assert.deepEqual(retried.json, { retried: 0 });
  });

  it('names nobody in the log', () => {
    assertNamesNobody(service.log, 'the log');
  });
});
