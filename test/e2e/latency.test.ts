import assert from 'node:assert/strict';
import { makeChestPhantom } from '../../src/phantom/chest-phantom.js';
import { phantomInstance } from '../../src/phantom/phantom-instance.js';
import { colourInstances, stow } from '../support/archive.js';
import { settled } from '../support/end-state.js';
import { PrivateOrthanc } from '../support/orthanc.js';
import { freshUid } from '../support/part10.js';
import { makePerson } from '../support/people.js';
import { until } from '../support/process.js';
import { ServiceProcess } from '../support/service.js';

const repeats = 5;
/** What the product promises on two cores that have nothing else to do. */
const promisedMs = 3_000;

/**
 * From the end of STOW-RS to the colour series in an answer of QIDO-RS, for one 2500 × 3000 radiograph of 16 bits at
 * a time. The best of several counts: a test machine has other things to do.
 */
describe('one radiograph', function () {
  this.timeout(180_000);
  let orthanc: PrivateOrthanc;
  let service: ServiceProcess;

  before(async () => {
    orthanc = await PrivateOrthanc.start();
    service = await ServiceProcess.start(orthanc.url, {
      env: { COLOURISER_INTAKE_POLL_MS: '500' },
    });
  });
  after(async () => {
    await service.stop();
    await orthanc.kill();
  });

  it('stands in colour within three seconds', async () => {
    const phantom = makeChestPhantom({ seed: 4, opacity: 'right-lower' });
    const waits: number[] = [];
    for (let repeat = 0; repeat < repeats; repeat++) {
      const ref = {
        StudyInstanceUID: freshUid(),
        SeriesInstanceUID: freshUid(),
        SOPInstanceUID: freshUid(),
      };
      const part10 = phantomInstance(phantom, { ...makePerson(repeat), ...ref });
      const begin = performance.now();
      await stow(orthanc, part10);
      await until(
        'the colour series',
        async () => (await colourInstances(orthanc, ref.StudyInstanceUID)).length === 1,
        60_000,
      );
      waits.push(Math.round(performance.now() - begin));
      await settled(service, [
        { ...ref, name: '', part10, expected: { state: 'stored' }, person: makePerson(repeat) },
      ]);
      const [row] = await service.rowsOf(ref.SOPInstanceUID);
      console.log(`      ${waits.at(-1) ?? 0} ms, of which`, JSON.stringify(row?.timingsMs));
    }
    const sorted = waits.toSorted((a, b) => a - b);
    console.log(
      `      median ${sorted[Math.floor(repeats / 2)] ?? 0} ms, best ${sorted[0] ?? 0} ms`,
    );
    assert.ok((sorted[0] ?? Infinity) < promisedMs, `best of ${repeats}: ${sorted[0] ?? 0} ms`);
  });
});
