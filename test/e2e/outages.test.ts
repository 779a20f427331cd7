import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { stow } from '../support/archive.js';
import { runCommand } from '../support/command.js';
import { assertSettledAsExpected, settled } from '../support/end-state.js';
import { FaultProxy, type Fault } from '../support/fault-proxy.js';
import { PrivateOrthanc } from '../support/orthanc.js';
import { assertNamesNobody } from '../support/people.js';
import { temporaryFolder, until } from '../support/process.js';
import { type LogLine, ServiceProcess, serviceEnvironment } from '../support/service.js';
import { chestStudy, drawPhantoms, type Study } from '../support/studies.js';

const pinoWarn = 40;
/** What hangs shows soon; a busy machine is not taken for a dead one. */
const env = { COLOURISER_ORTHANC_TIMEOUT_MS: '3000' };
/** From the first answer to everything stored: the longest pause between two questions, and the work. */
const recoveryMs = 60_000;

interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly code?: string;
  readonly next?: string;
}

describe('an archive that is away', function () {
  this.timeout(180_000);
  let orthanc: PrivateOrthanc;
  let proxy: FaultProxy;
  let service: ServiceProcess;
  let number = 0;

  before(async () => {
    // Drawing stops this process, and the proxy with it.
    drawPhantoms();
    orthanc = await PrivateOrthanc.start();
    proxy = await FaultProxy.start(orthanc.url);
  });
  after(async () => {
    await service.stop();
    await proxy.close();
    await orthanc.kill();
  });
  afterEach(() => {
    assertNamesNobody(service.log, 'the log');
  });

  const send = async (count: number): Promise<readonly Study[]> => {
    const studies = Array.from({ length: count }, () => chestStudy((number += 1)));
    await Promise.all(studies.map(({ part10 }) => stow(orthanc, part10)));
    return studies;
  };

  /** Lines of severity warn and above since a mark, and the one that tells the end. */
  const complaints = (since: number): readonly LogLine[] =>
    service
      .lines()
      .slice(since)
      .filter(({ level }) => level >= pinoWarn);

  it('at start is waited for, with one line and a degraded state', async () => {
    await proxy.refuse();
    service = await ServiceProcess.start(proxy.url, { env });
    const studies = await send(2);
    await pause(2_500);
    const { state, reasons, orthanc: shown } = await service.status();
    assert.equal(state, 'degraded');
    assert.equal(shown.reachable, false);
    assert.match(reasons.join(), /the connection was refused/);
    assert.deepEqual(
      complaints(0).map(({ code }) => code),
      ['PACS_UNAVAILABLE'],
    );
    await proxy.listen();
    await settled(service, studies, recoveryMs);
    await assertSettledAsExpected(service, orthanc, studies);
    assert.equal(complaints(0).length, 1);
  });

  it('because it was killed in the middle costs nothing but time', async () => {
    const mark = service.lines().length;
    const studies = await send(6);
    await until(
      'the first to be stored',
      () =>
        service
          .lines()
          .slice(mark)
          .some(({ msg }) => msg === 'stored'),
      60_000,
    );
    await orthanc.kill();
    await pause(2_000);
    await orthanc.resume();
    await settled(service, studies, recoveryMs);
    await assertSettledAsExpected(service, orthanc, studies);
    const codes = complaints(mark).map(({ code }) => code);
    assert.deepEqual(codes, ['PACS_UNAVAILABLE']);
  });

  const faults: Readonly<Record<string, { readonly fault: Fault; readonly code: string }>> = {
    'that answers 401': { fault: { kind: 'answer', status: 401 }, code: 'PACS_UNAUTHORISED' },
    'that answers 404': { fault: { kind: 'answer', status: 404 }, code: 'PACS_UNAVAILABLE' },
    'that answers 500': { fault: { kind: 'answer', status: 500 }, code: 'PACS_UNAVAILABLE' },
    'that answers after a minute': {
      fault: { kind: 'delay', ms: 60_000 },
      code: 'PACS_UNAVAILABLE',
    },
    'that never answers': { fault: { kind: 'hang' }, code: 'PACS_UNAVAILABLE' },
  };
  for (const [name, { fault, code }] of Object.entries(faults)) {
    it(`${name} is one line, is named by doctor and loses nothing`, async () => {
      const mark = service.lines().length;
      const early = await send(2);
      await pause(300);
      proxy.set({ fault });
      const late = await send(2);
      const told = () => complaints(mark).map((line) => line.code);
      await until('the outage to be told', () => told().length > 0, 20_000);
      await pause(2_500);
      assert.deepEqual(told(), [code]);
      assert.ok(complaints(mark)[0]?.['next']);
      const { exitCode, finding } = await diagnosis(proxy.url);
      assert.equal(exitCode, 5);
      assert.equal(finding?.code, code);
      assert.ok(finding.next);
      proxy.clear();
      await settled(service, [...early, ...late], recoveryMs);
      await assertSettledAsExpected(service, orthanc, [...early, ...late]);
      assert.deepEqual(told(), [code]);
    });
  }

  it('asks a dead archive ever less often', async () => {
    proxy.set({ fault: { kind: 'answer', status: 503 } });
    await pause(6_000);
    const asked = proxy.seen.length;
    await pause(4_000);
    assert.ok(proxy.seen.length - asked <= 4, `${proxy.seen.length - asked} requests in 4 s`);
    proxy.clear();
    await until(
      'it to be well',
      async () => (await service.status()).state === 'ready',
      recoveryMs,
    );
  });

  it('for one image only is that image’s fault: it ends as failed while others go on', async () => {
    const studies = [
      chestStudy((number += 1)),
      chestStudy((number += 1)),
      chestStudy((number += 1)),
    ];
    const [pixels, described, healthy] = studies as [Study, Study, Study];
    const file = new RegExp(`instances/${orthancIdOf(pixels)}/file$`);
    const tags = new RegExp(`instances/${orthancIdOf(described)}/tags$`);
    const fault: Fault = { kind: 'answer', status: 500 };
    proxy.set({ fault, path: file }, { fault, path: tags });
    await Promise.all(studies.map(({ part10 }) => stow(orthanc, part10)));
    await settled(service, studies);
    const failed = { state: 'failed', code: 'PACS_FAILED' } as const;
    await assertSettledAsExpected(service, orthanc, [
      { ...pixels, expected: failed },
      { ...described, expected: failed },
      healthy,
    ]);
    assert.equal((await service.status()).state, 'ready');
    proxy.clear();
  });

  it('no longer: a failed image is stored when somebody asks for another try', async () => {
    const rows = (await service.images()).filter(({ state }) => state === 'failed');
    assert.equal(rows.length, 2);
    for (const { id } of rows) {
      assert.equal((await service.post(`/api/images/${id}/retry`)).status, 202);
    }
    await until(
      'both to be stored',
      async () => {
        const { balance } = await service.status();
        return balance.failed + balance.pending + balance.undecided === 0;
      },
      60_000,
    );
  });
});

/** Orthanc's name for an instance: a hash of whose it is and of its UIDs. */
function orthancIdOf({ person, StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID }: Study) {
  const identity = [person.PatientID, StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID].join(
    '|',
  );
  const hash = createHash('sha1').update(identity).digest('hex');
  return hash.match(/.{8}/g)?.join('-') ?? '';
}

async function diagnosis(url: string) {
  const environment = serviceEnvironment(url, temporaryFolder(), env);
  const { exitCode, json } = await runCommand(['--json', 'doctor'], environment);
  const { findings } = json as { readonly findings: readonly Finding[] };
  return { exitCode, finding: findings.find(({ check }) => check === 'Orthanc') };
}
