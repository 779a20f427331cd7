import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openColourTools } from '../../src/compose/tools.js';
import { loadSettings } from '../../src/config/load-settings.js';
import { readInstance } from '../../src/dicom/read-instance.js';
import { itemsOf, textOf, type DicomDataset } from '../../src/domain/dicom-json.js';
import { Tag } from '../../src/domain/tags.js';
import { countInstances, fileOf, lookUp, stow } from '../support/archive.js';
import { colourFaults } from '../support/colour-faults.js';
import { assertSettledAsExpected, settled } from '../support/end-state.js';
import { PrivateOrthanc } from '../support/orthanc.js';
import { assertNamesNobody } from '../support/people.js';
import { temporaryFolder } from '../support/process.js';
import { ServiceProcess } from '../support/service.js';
import { burst, distinctPhantoms, type Study } from '../support/studies.js';
import { dciodvfy, readWithPydicom } from '../support/toolkits.js';

const ReferencedSeriesSequence = '00081115';
const ReferencedSOPInstanceUID = '00081155';

describe('sixty studies at once', function () {
  this.timeout(240_000);
  let orthanc: PrivateOrthanc;
  let service: ServiceProcess;
  let studies: readonly Study[];
  /** The stored colour objects, by source. */
  const outputs = new Map<string, { readonly uid: string; readonly file: string }>();
  const folder = temporaryFolder();

  before(async () => {
    studies = burst();
    orthanc = await PrivateOrthanc.start();
    service = await ServiceProcess.start(orthanc.url);
  });
  after(async () => {
    assertNamesNobody(service.log, 'the log');
    await service.stop();
    await orthanc.kill();
  });

  it('leave one colour instance for each eligible image and a row with its reason for each other', async () => {
    await Promise.all(studies.map(({ part10 }) => stow(orthanc, part10)));
    await settled(service, studies);
    await assertSettledAsExpected(service, orthanc, studies);
  });

  it('store nothing new when they are all sent again', async () => {
    const before = await countInstances(orthanc);
    await Promise.all(studies.map(({ part10 }) => stow(orthanc, part10)));
    await settled(service, studies);
    await assertSettledAsExpected(service, orthanc, studies);
    assert.equal(await countInstances(orthanc), before);
  });

  it('store nothing new when the service has forgotten everything', async () => {
    const before = await countInstances(orthanc);
    await service.stop();
    const forgetful = await ServiceProcess.start(orthanc.url);
    try {
      await settled(forgetful, studies);
      assert.equal(await countInstances(orthanc), before);
      const said = forgetful.lines().map(({ msg }) => msg);
      assert.equal(said.filter((msg) => msg === 'already-stored').length, eligible(studies).length);
      assert.ok(!said.includes('stored'));
    } finally {
      await forgetful.stop();
      await service.resume();
    }
  });

  it('give objects in which dciodvfy finds no error', async () => {
    for (const study of eligible(studies)) {
      const [row] = await service.rowsOf(study.SOPInstanceUID);
      const uid = row?.output?.SOPInstanceUID ?? '';
      const file = join(folder, `${uid}.dcm`);
      writeFileSync(file, await fileOf(orthanc, uid));
      outputs.set(study.SOPInstanceUID, { uid, file });
      const errors = dciodvfy(file).filter((line) => line.startsWith('Error'));
      assert.deepEqual(errors, [], study.name);
    }
  });

  it('give objects whose source references resolve in the archive', async () => {
    const files = [...outputs.values()].map(({ file }) => file);
    const read = readWithPydicom(...files);
    for (const [index, source] of [...outputs.keys()].entries()) {
      const { image, series } = references(read[index]!.json);
      assert.equal(image, source);
      assert.equal((await lookUp(orthanc, image)).length, 1);
      assert.equal((await lookUp(orthanc, series)).length, 1);
    }
  });

  it('give pictures of the same lightness, grey where there is no evidence', async () => {
    const tools = await openColourTools(loadSettings(undefined, {}), { concurrency: 1 });
    try {
      for (const study of eligible(studies).slice(0, distinctPhantoms)) {
        const rgb = pixelsOf(await fileOf(orthanc, outputs.get(study.SOPInstanceUID)!.uid));
        const faults = await colourFaults(study, rgb, tools);
        assert.ok(faults.largestDeltaL <= 0.05, `ΔL* of ${faults.largestDeltaL}`);
        assert.equal(faults.tintedWithoutEvidence, 0);
        assert.ok(faults.shareWithoutEvidence > 0.1);
      }
    } finally {
      await tools.close();
    }
    const read = readWithPydicom(...[...outputs.values()].map(({ file }) => file));
    assert.equal(new Set(read.map(({ pixelSha256 }) => pixelSha256)).size, distinctPhantoms);
  });

  it('are told without a name, in every answer', async () => {
    for (const path of ['/api/images?limit=500', '/api/status']) {
      assertNamesNobody(JSON.stringify(await service.get(path)), path);
    }
    const [row] = await service.images();
    const links = await service.get(`/api/images/${row!.id}/links`);
    assertNamesNobody(JSON.stringify(links), 'links');
  });
});

function eligible(studies: readonly Study[]): readonly Study[] {
  return studies.filter(({ expected }) => expected.state === 'stored');
}

function references(object: DicomDataset): { readonly image: string; readonly series: string } {
  const [source] = itemsOf(object, Tag.SourceImageSequence);
  const [series] = itemsOf(object, ReferencedSeriesSequence);
  return {
    image: textOf(source ?? {}, ReferencedSOPInstanceUID) ?? '',
    series: textOf(series ?? {}, Tag.SeriesInstanceUID) ?? '',
  };
}

function pixelsOf(part10: Uint8Array): Uint8Array {
  const { pixelData } = readInstance(part10);
  assert.ok(pixelData?.kind === 'native');
  return pixelData.bytes;
}
