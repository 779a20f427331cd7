import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StateDatabase } from '../../src/adapters/sqlite/database.js';
import type { ImagePage, Wire } from '../../src/http/api.js';
import { stow } from '../support/archive.js';
import { settled } from '../support/end-state.js';
import { PrivateOrthanc } from '../support/orthanc.js';
import { assertNamesNobody } from '../support/people.js';
import { temporaryFolder } from '../support/process.js';
import { ServiceProcess } from '../support/service.js';
import { smallChestStudy, type Study } from '../support/studies.js';

interface Found extends Wire<ImagePage> {
  readonly studies: number;
  readonly truncated: boolean;
}

/** Nothing is coloured: who is found does not depend on it. */
const rules = 'rules: [{ name: all, skip: "only for the search" }]';

describe('the search for a patient', function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  const studies = [0, 1, 2].map(smallChestStudy);
  const [first, second, third] = studies as [Study, Study, Study];
  let orthanc: PrivateOrthanc;
  let service: ServiceProcess;
  /** All that the service ever answered, but for the two answers that may name somebody. */
  let told = '';

  before(async () => {
    writeFileSync(join(folder, 'rules.yaml'), rules);
    orthanc = await PrivateOrthanc.start();
    service = await ServiceProcess.start(orthanc.url, {
      env: { COLOURISER_LOG_LEVEL: 'trace', COLOURISER_RULES_FILE: join(folder, 'rules.yaml') },
    });
    await stow(orthanc, ...studies.map(({ part10 }) => part10));
    await settled(service, studies);
  });
  after(async () => {
    await service.stop();
    await orthanc.kill();
  });

  const ask = async (body: object) => {
    const answer = await service.post('/api/images/search', body);
    const text = await answer.text();
    told += text;
    return { status: answer.status, found: JSON.parse(text) as Found };
  };
  const search = async (body: object) => {
    const { status, found } = await ask(body);
    assert.equal(status, 200, JSON.stringify(found));
    return found;
  };
  const foundBy = async (body: object) =>
    (await search(body)).images.map(({ source }) => source?.SOPInstanceUID ?? '').toSorted();
  const uidsOf = (...of: readonly Study[]) =>
    of.map(({ SOPInstanceUID }) => SOPInstanceUID).toSorted();

  it('finds by patient id, whole or with wildcards', async () => {
    const { PatientID } = second.person;
    assert.deepEqual(await foundBy({ patientId: PatientID }), uidsOf(second));
    assert.deepEqual(await foundBy({ patientId: PatientID.slice(0, 5) }), []);
    assert.deepEqual(await foundBy({ patientId: 'ZQX-*' }), uidsOf(...studies));
  });

  it('finds by any part of the name, whatever the case and the caret', async () => {
    const [family = '', given = ''] = third.person.PatientName.split('^');
    assert.deepEqual(await foundBy({ patientName: `${family} ${given}` }), uidsOf(third));
    assert.deepEqual(await foundBy({ patientName: `${family}, ${given}` }), uidsOf(third));
    assert.deepEqual(await foundBy({ patientName: 'oTTili' }), uidsOf(...studies));
    assert.deepEqual(await foundBy({ patientName: 'nobody' }), []);
  });

  it('finds by several terms at once, and by dates', async () => {
    const { PatientID } = first.person;
    const { MainDicomTags } = (
      await orthanc.json<{ MainDicomTags: { StudyDate: string; AccessionNumber?: string } }[]>(
        '/studies?expand=true',
      )
    )[0]!;
    const day = MainDicomTags.StudyDate.replace(/^(....)(..)(..)$/, '$1-$2-$3');
    assert.deepEqual(
      await foundBy({ patientId: PatientID, studyDateFrom: day, studyDateTo: day }),
      uidsOf(first),
    );
    assert.deepEqual(await foundBy({ studyDateFrom: day }), uidsOf(...studies));
    assert.deepEqual(await foundBy({ studyDateFrom: '2199-01-01' }), []);
    assert.deepEqual(await foundBy({ patientId: PatientID, state: 'failed' }), []);
  });

  it('pages through what it finds', async () => {
    const pages: string[] = [];
    let before: string | undefined;
    do {
      const more = before === undefined ? {} : { before };
      const {
        images,
        next,
        studies: count,
      } = await search({ patientId: 'ZQX-*', limit: 1, ...more });
      assert.equal(count, 3);
      pages.push(...images.map(({ source }) => source?.SOPInstanceUID ?? ''));
      before = next;
    } while (before !== undefined);
    assert.deepEqual(pages.toSorted(), uidsOf(...studies));
  });

  it('refuses what asks for everybody, and lists where one was meant', async () => {
    const all = [{}, { patientId: '*' }, { patientName: '?*' }, { patientId: 'ZQX-1\\ZQX-2' }];
    for (const body of all) assert.equal((await ask(body)).status, 400);
  });

  it('quotes nothing of a body that it cannot read', async () => {
    for (const body of ['{"patientName": Quarrington1}', '"Quarrington1', '{"patientId": 7}']) {
      const answer = await fetch(`${service.url}/api/images/search`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body,
      });
      assert.equal(answer.status, 400);
      told += await answer.text();
    }
  });

  it('tells whom an image is of', async () => {
    const [row] = await service.rowsOf(first.SOPInstanceUID);
    const { patientName, patientId } = await service.get<Record<string, string>>(
      `/api/images/${row?.id ?? ''}/patient`,
    );
    assert.equal(patientName, first.person.PatientName);
    assert.equal(patientId, first.person.PatientID);
    const missing = await fetch(`${service.url}/api/images/nobody/patient`);
    assert.equal(missing.status, 404);
  });

  it('says that the archive is away, and not what it was asked', async () => {
    const [row] = await service.rowsOf(first.SOPInstanceUID);
    await orthanc.kill();
    const { status } = await ask({ patientName: first.person.PatientName });
    assert.equal(status, 503);
    const answer = await fetch(`${service.url}/api/images/${row?.id ?? ''}/patient`);
    assert.equal(answer.status, 503);
    told += await answer.text();
  });

  it('leaves a line in the audit, and no name in log, metrics or answers', async () => {
    told += await (await fetch(`${service.url}/metrics`)).text();
    told += JSON.stringify(await service.status());
    await service.stop();
    assertNamesNobody(told, 'an answer');
    assertNamesNobody(service.log, 'the log');
    const database = StateDatabase.openForReading(service.dataFolder);
    const lines = database.all<{ action: string }>(
      "SELECT action, target, details FROM trail WHERE action LIKE 'patient.%'",
    );
    database.close();
    assert.ok(lines.filter(({ action }) => action === 'patient.search').length > 10);
    assert.ok(lines.some(({ action }) => action === 'patient.look'));
    assertNamesNobody(JSON.stringify(lines), 'the audit');
    assert.match(service.log, /http error/, 'the log is fine enough to show what it would show');
  });
});
