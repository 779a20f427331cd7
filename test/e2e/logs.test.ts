import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { stow } from '../support/archive.js';
import { settled } from '../support/end-state.js';
import { PrivateOrthanc } from '../support/orthanc.js';
import { assertNamesNobody } from '../support/people.js';
import { ServiceProcess } from '../support/service.js';
import { brokenStudies, chestStudy, otherStudies, type Study } from '../support/studies.js';

/** At the finest level: whatever the other tests log is a part of this. */
describe('the log at level trace', function () {
  this.timeout(120_000);
  let orthanc: PrivateOrthanc;
  let service: ServiceProcess;
  let studies: readonly Study[];

  before(async () => {
    orthanc = await PrivateOrthanc.start();
    service = await ServiceProcess.start(orthanc.url, { env: { COLOURISER_LOG_LEVEL: 'trace' } });
    studies = [chestStudy(1), chestStudy(2), ...otherStudies(), ...brokenStudies()];
    await Promise.all(studies.map(({ part10 }) => stow(orthanc, part10)));
    await settled(service, studies);
    await service.get(`/api/images?uid=${studies[0]!.SOPInstanceUID}`);
    await service.post('/api/trigger', { level: 'study', orthancId: 'not an id Quarrington' });
    await orthanc.kill();
    await pause(1500);
    await service.stop();
  });

  it('is JSON lines with level, time and message', () => {
    const lines = service.lines();
    assert.ok(lines.length > studies.length);
    for (const { level, time, msg } of lines) {
      assert.equal(typeof level, 'number');
      assert.equal(typeof time, 'number');
      assert.equal(typeof msg, 'string');
    }
  });

  it('has one line for the decision about each image, with its rule and reason', () => {
    const decided = service.lines().filter(({ msg }) => msg === 'decided');
    const sources = decided.filter(({ ['skip']: skip }) => skip !== 'OWN_OUTPUT');
    assert.equal(sources.length, studies.length);
    assert.ok(
      sources.every(({ ['reason']: reason }) => typeof reason === 'string' && reason !== ''),
    );
  });

  it('names no patient', () => {
    assertNamesNobody(service.log, 'the log');
  });
});
