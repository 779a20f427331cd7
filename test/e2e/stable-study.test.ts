import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { colourInstances, stow } from '../support/archive.js';
import { PrivateOrthanc } from '../support/orthanc.js';
import { temporaryFolder, until } from '../support/process.js';
import { ServiceProcess } from '../support/service.js';
import { chestBeside, chestStudy, lateralBeside, type Study } from '../support/studies.js';

const stableAgeSeconds = 3;

/** Colours frontal views of studies with a lateral one, in which every image is a radiograph of a machine. */
const rules = `
rules:
  - name: two-views
    trigger: stable-study
    when:
      all:
        - ViewPosition: PA
        - study: { some: { ViewPosition: LL } }
        - study: { none: { ConversionType: { exists: true } } }
    colourise: {}
  - name: rest
    skip: no lateral view beside it
`;

describe('a rule that waits for the whole study', function () {
  this.timeout(120_000);
  let orthanc: PrivateOrthanc;
  let service: ServiceProcess;

  before(async () => {
    const file = join(temporaryFolder(), 'rules.yaml');
    writeFileSync(file, rules);
    orthanc = await PrivateOrthanc.start({ configuration: { StableAge: stableAgeSeconds } });
    service = await ServiceProcess.start(orthanc.url, { env: { COLOURISER_RULES_FILE: file } });
  });
  after(async () => {
    await service.stop();
    await orthanc.kill();
  });

  const settledRow = (study: Study) =>
    until(
      'its row to settle',
      async () => {
        const [row] = await service.rowsOf(study.SOPInstanceUID);
        return row && row.state !== 'pending' ? row : undefined;
      },
      60_000,
    );

  it('decides after the study is stable', async () => {
    const alone = chestStudy(1);
    const sent = Date.now();
    await stow(orthanc, alone.part10);
    const { state, rule } = await settledRow(alone);
    assert.deepEqual({ state, rule }, { state: 'skipped', rule: 'rest' });
    assert.ok(Date.now() - sent >= stableAgeSeconds * 1000);
  });

  const frontal = chestStudy(2);

  it('sees images that came after the one that it decides', async () => {
    await stow(orthanc, frontal.part10);
    await stow(orthanc, lateralBeside(frontal));
    const { state, rule, reason } = await settledRow(frontal);
    assert.deepEqual({ state, rule }, { state: 'stored', rule: 'two-views' }, reason);
  });

  it('does not take our own colour image for one of the study', async () => {
    const later = chestBeside(frontal, 4);
    await stow(orthanc, later.part10);
    const { state, rule } = await settledRow(later);
    assert.deepEqual({ state, rule }, { state: 'stored', rule: 'two-views' });
    assert.equal((await colourInstances(orthanc, frontal.StudyInstanceUID)).length, 2);
  });
});
