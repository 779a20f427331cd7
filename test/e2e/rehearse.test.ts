import assert from 'node:assert/strict';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Rehearsal, RehearsalReport } from '../../src/domain/rehearsal.js';
import type { Wire } from '../../src/http/api.js';
import { countInstances } from '../support/archive.js';
import { runCommand } from '../support/command.js';
import { PrivateOrthanc } from '../support/orthanc.js';
import { temporaryFolder, until } from '../support/process.js';
import { ServiceProcess, serviceEnvironment } from '../support/service.js';
import { cs, syntheticDicom, withMetaLength } from '../support/synthetic-dicom.js';

const inForce = `rules:
  - { name: chest, when: { BodyPartExamined: CHEST }, colourise: {} }
  - { name: rest, skip: no chest }
`;
/** Hours that are far from now whenever the test runs. */
const later = `${String((new Date().getUTCHours() + 6) % 24).padStart(2, '0')}:00`;
const edited = `rules:
  - { name: lateral, when: { ViewPosition: LL }, skip: a lateral view }
  - { name: spared, when: { sample: { percent: 50, of: study } }, skip: not in the sample }
  - name: any-part
    when: { BodyPartExamined: [CHEST, HAND], StudyDate: { range: { from: today-30d } } }
    colourise: [{ palette: amber }, { palette: blue }]
    allowWithoutLungs: true
  - name: by-rest
    when: { arrival: { origin: RestApi }, BodyPartExamined: { matches: '(kn+)+e+$' } }
    colourise: { palette: blue }
    offHours: { from: '${later}', to: '${later.slice(0, 3)}30' }
  - { name: rest, skip: nothing for us }
`;

const parts = ['CHEST', 'HAND', 'KNEE', undefined] as const;
const now = new Date();
const today = now.toISOString().slice(0, 10).replaceAll('-', '');

/** Two small films to a study, of which one is a lateral view. */
function film(n: number): Uint8Array {
  const study = Math.floor(n / 2);
  const part = parts[study % parts.length];
  const uid = (tag: string, value: string) => ({ tag, vr: 'UI', value });
  const date = study % 3 === 0 ? '20200101' : today;
  return withMetaLength(
    syntheticDicom({
      elements: {
        '00080018': uid('00080018', `1.2.826.99.4.${n}`),
        '0020000D': uid('0020000D', `1.2.826.99.1.${study}`),
        '0020000E': uid('0020000E', `1.2.826.99.2.${study}`),
        '00080020': { tag: '00080020', vr: 'DA', value: date },
        '00100020': { tag: '00100020', vr: 'LO', value: `REHEARSE-${study}` },
        '00180015': part === undefined ? undefined : cs('00180015', part),
        '00185101': cs('00185101', n % 2 === 0 ? 'PA' : 'LL'),
      },
    }),
  );
}

const films = 48;

describe('a rehearsal on a real archive', function () {
  this.timeout(180_000);
  const folder = temporaryFolder();
  const [liveFile, editedFile] = [join(folder, 'rules.yaml'), join(folder, 'edited.yaml')];
  const dataFolder = temporaryFolder();
  let orthanc: PrivateOrthanc;
  let service: ServiceProcess | undefined;
  let report: Wire<RehearsalReport>;

  before(async () => {
    writeFileSync(liveFile, inForce);
    writeFileSync(editedFile, edited);
    orthanc = await PrivateOrthanc.start();
    for (let n = 0; n < films; n++) await orthanc.upload(film(n));
  });
  after(async () => {
    await service?.stop();
    await orthanc.kill();
  });

  const env = () =>
    serviceEnvironment(orthanc.url, dataFolder, {
      COLOURISER_RULES_FILE: liveFile,
      COLOURISER_RULES_TIME_ZONE: 'UTC',
    });
  const rehearse = async (...more: string[]) => {
    const result = await runCommand(['--json', 'rules', 'rehearse', editedFile, ...more], env());
    assert.equal(result.exitCode, 0, result.stderr + result.stdout);
    return result.json;
  };

  it('counts, compares and stores nothing', async () => {
    report = (await rehearse()) as Wire<RehearsalReport>;
    assert.equal(report.images, films);
    assert.equal(report.studies, films / 2);
    assert.equal(report.complete, true);
    const { newlyTaken, noLongerTaken, takenOtherwise, same } = report.changes;
    const changed = [newlyTaken, noLongerTaken, takenOtherwise].map(({ images }) => images);
    assert.equal(
      changed.reduce((sum, n) => sum + n, same),
      films,
    );
    assert.ok(
      changed.every((n) => n > 0),
      changed.join(' '),
    );
    assert.equal(await countInstances(orthanc), films);
  });

  it('says why, clause by clause', async () => {
    const { stdout, exitCode } = await runCommand(
      ['rules', 'rehearse', editedFile, '--explain', '1.2.826.99.4.1'],
      env(),
    );
    assert.equal(exitCode, 0);
    assert.match(stdout, /edited: skip RULE: rule 'lateral': a lateral view/);
    assert.match(stdout, /true {4}ViewPosition is LL {2}<- LL/);
    assert.match(stdout, /in force: colourise: rule 'chest'/);
  });

  it('answers 2 to rules at fault and to a span that is none', async () => {
    const broken = join(folder, 'broken.yaml');
    writeFileSync(broken, 'rules: [{ name: a }]');
    assert.equal((await runCommand(['rules', 'rehearse', broken], env())).exitCode, 2);
    const span = ['rules', 'rehearse', editedFile, '--days', '0'];
    assert.equal((await runCommand(span, env())).exitCode, 2);
  });

  it('foresaw what the service then does with the edited rules, rule by rule', async () => {
    copyFileSync(editedFile, liveFile);
    service = await ServiceProcess.start(orthanc.url, {
      dataFolder,
      env: { COLOURISER_RULES_FILE: liveFile, COLOURISER_RULES_TIME_ZONE: 'UTC' },
    });
    const running = service;
    await until(
      'everything to be decided',
      async () => {
        const { balance } = await running.status();
        const rows = balance.pending + balance.stored + balance.skipped + balance.failed;
        return balance.undecided === 0 && rows >= films;
      },
      90_000,
    );
    // Colour images that were stored meanwhile are rows of their own, and no images of the rehearsal.
    const rows = (await service.images()).filter(({ code }) => code !== 'OWN_OUTPUT');
    const jobs = rows.filter(({ model }) => model !== undefined);
    assert.equal(jobs.length, report.edited.load.jobs);
    assert.deepEqual(
      new Set(rows.map(({ rulesVersion }) => rulesVersion)),
      new Set([report.edited.version]),
    );
    const imagesByRule = (rule: string) =>
      new Set(rows.filter((row) => row.rule === rule).map(({ orthancId }) => orthancId)).size;
    for (const { rule, images } of report.edited.counts) {
      const sameRule = report.edited.counts.filter((count) => count.rule === rule);
      const expected = sameRule.reduce((sum, count) => sum + count.images, 0);
      assert.equal(imagesByRule(rule), expected, `${rule}: ${images}`);
    }
    const waiting = rows.filter(({ notBefore }) => notBefore !== undefined);
    assert.ok(waiting.length > 0);
    assert.ok(waiting.every(({ rule, state }) => rule === 'by-rest' && state === 'pending'));
  });

  it('runs inside the service as well, in the end without asking the archive again', async () => {
    const running = service;
    assert.ok(running);
    const rehearsed = async () => {
      const answer = await running.post('/api/rules/rehearse', { rules: inForce });
      assert.equal(answer.status, 200);
      const last = (await answer.text()).trimEnd().split('\n').at(-1) ?? '';
      return (JSON.parse(last) as Wire<Rehearsal>).report;
    };
    // Studies that are being coloured change, and are read again.
    const found = await until(
      'all studies to be in the cache',
      async () => {
        const again = await rehearsed();
        return again.studiesFromCache === again.studies ? again : undefined;
      },
      60_000,
    );
    assert.equal(found.live.version, report.edited.version);
    assert.equal(found.edited.version, report.live.version);
    assert.equal(found.changes.newlyTaken.images, report.changes.noLongerTaken.images);
    assert.equal(found.changes.noLongerTaken.images, report.changes.newlyTaken.images);
    const refused = await running.post('/api/rules/rehearse', { rules: 'rules: 1' });
    assert.equal(refused.status, 422);
    assert.match(await refused.text(), /rules:1:8/);
  });
});
