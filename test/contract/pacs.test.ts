import { createMemoryPacs } from '../../src/adapters/memory/memory-pacs.js';
import { createOrthancPacs } from '../../src/adapters/orthanc/orthanc-pacs.js';
import { PrivateOrthanc } from '../support/orthanc.js';
import { until } from '../support/process.js';
import { describePacs, type ArchiveUnderTest } from './pacs-contract.js';

describePacs('in memory', openMemory);
describePacs('Orthanc', openOrthanc);

function openMemory(): Promise<ArchiveUnderTest> {
  const pacs = createMemoryPacs();
  const archive: ArchiveUnderTest = {
    pacs,
    upload: (part10) => Promise.resolve(pacs.upload(part10)),
    delete: (orthancId) => {
      pacs.delete(orthancId);
      return Promise.resolve();
    },
    settle: (studyOrthancId) => {
      pacs.settle(studyOrthancId);
      return Promise.resolve();
    },
    reset: () => {
      pacs.reset();
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
  return Promise.resolve(archive);
}

async function openOrthanc(): Promise<ArchiveUnderTest> {
  const orthanc = await PrivateOrthanc.start({ configuration: { StableAge: 1 } });
  const pacs = createOrthancPacs({
    url: orthanc.url,
    dicomWebRoot: 'dicom-web',
    timeoutMs: 10_000,
    maxBytes: 64 << 20,
  });
  return {
    pacs,
    upload: (part10) => orthanc.upload(part10),
    delete: (orthancId) => orthanc.delete(`/instances/${orthancId}`),
    settle: async (studyOrthancId) => {
      await until('the study to be stable', () => pacs.isStudyStable(studyOrthancId));
    },
    reset: async () => {
      await orthanc.wipe();
      await orthanc.resume();
    },
    close: async () => {
      pacs.close();
      await orthanc.kill();
    },
  };
}
