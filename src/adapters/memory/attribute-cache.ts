import type { AttributeCache, KeptStudy } from '../../ports/attribute-cache.js';

/** The cache's twin, forgotten with the process. @param mostImages bound on all images together */
export function createMemoryAttributeCache(mostImages: number): AttributeCache {
  const studies = new Map<string, KeptStudy>();
  const held = () => [...studies.values()].reduce((sum, { images }) => sum + images.length, 0);
  return {
    find: (studyOrthancId) => studies.get(studyOrthancId),
    keep: (study) => {
      studies.delete(study.orthancId);
      studies.set(study.orthancId, study);
      for (const oldest of studies.keys()) {
        if (held() <= mostImages) break;
        studies.delete(oldest);
      }
    },
    forgetIdentifying: (except) => {
      for (const { orthancId, identifying } of studies.values()) {
        if (identifying.some((path) => !except.includes(path))) studies.delete(orthancId);
      }
    },
    close: () => {
      studies.clear();
    },
  };
}
