/**
 * What a rehearsal costs: the replay of images that are cached, and the pass over a real Orthanc that fills the cache.
 * Run: npx tsc -b && node dist/bench/rehearsal.js [cached images, 20000] [images in a private Orthanc, 3000]
 * Writes bench/results/rehearsal.md.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryPacs } from '../src/adapters/memory/memory-pacs.js';
import { createOrthancPacs } from '../src/adapters/orthanc/orthanc-pacs.js';
import { openAttributeCache } from '../src/adapters/sqlite/attribute-cache.js';
import { loadRules, parseRules } from '../src/config/load-rules.js';
import type { DicomDataset } from '../src/domain/dicom-json.js';
import { Tag } from '../src/domain/tags.js';
import { rehearse, type RehearsalTools } from '../src/bulk/rehearse.js';
import { PrivateOrthanc } from '../test/support/orthanc.js';
import { cs, syntheticDicom, withMetaLength } from '../test/support/synthetic-dicom.js';

const root = join(import.meta.dirname, '../..');
const [cached = 20_000, inOrthanc = 3_000] = process.argv.slice(2).map(Number);
const folder = mkdtempSync(join(tmpdir(), 'colouriser-bench-'));
const live = await loadRules(join(root, 'config/rules.yaml'));
const edited = parseRules(
  `rules:
  - { name: children, when: { PatientAge: { range: { to: 17Y } } }, skip: a child }
  - { name: old, when: { StudyDate: { range: { to: today-3650d } } }, skip: old }
  - name: chest
    when: { Modality: [CR, DX], StudyDescription: { matches: '(chest|thorax)+ ?[2p]' }, sample: 50 }
    colourise: [{ palette: amber }, { model: unet-resnet34 }]
  - { name: rest, skip: rest }
`,
  'bench',
);

const parts = ['CHEST', 'THORAX', 'HAND', 'KNEE', undefined] as const;
const descriptions = ['CHEST 2 VIEWS', 'THORAX PA', 'HAND', 'KNEE AP', 'OTHER'] as const;

/** As a small radiograph carries it, two to a study. */
function film(n: number): Uint8Array {
  const study = Math.floor(n / 2);
  const part = parts[study % parts.length];
  const element = (tag: string, vr: string, value: string) => ({ [tag]: { tag, vr, value } });
  return withMetaLength(
    syntheticDicom({
      elements: {
        ...element('00080018', 'UI', `1.2.840.99.4.${n}`),
        ...element('0020000D', 'UI', `1.2.840.99.1.${study}`),
        ...element('0020000E', 'UI', `1.2.840.99.2.${study}`),
        ...element('00080020', 'DA', '20261120'),
        ...element('00081030', 'LO', descriptions[study % descriptions.length] ?? ''),
        ...element('00101010', 'AS', `0${10 + (study % 80)}Y`),
        ...element('00100020', 'LO', `BENCH-${study}`),
        '00180015': part === undefined ? undefined : cs('00180015', part),
        '00185101': cs('00185101', n % 2 === 0 ? 'PA' : 'LL'),
      },
    }),
  );
}

const results: string[] = [];

async function timed(what: string, tools: Omit<RehearsalTools, keyof typeof common>) {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  const { report } = await rehearse({ ...common, ...tools }, { edited, days: 30, limit: 200_000 });
  const { user, system } = process.cpuUsage(cpu);
  const cells = [
    what,
    report.images,
    report.studies,
    report.studiesFromCache,
    ((performance.now() - start) / 1000).toFixed(1),
    ((user + system) / 1e6).toFixed(1),
    (loadavg()[0] ?? NaN).toFixed(1),
  ];
  results.push(`| ${cells.join(' | ')} |`);
  console.log(cells.join(', '));
}

const common = {
  live,
  timeZone: 'UTC',
  defaultModel: 'evidence',
  installedModels: ['evidence', 'unet-resnet34'],
  measured: [],
  now: () => new Date(),
};

/** The metadata of one film, again and again under other UIDs: an archive that answers at once. */
async function answering(images: number) {
  const pacs = createMemoryPacs(() => new Date(Date.now() - 86_400_000));
  const templates: DicomDataset[] = [];
  for (let n = 0; n < 10; n++) {
    pacs.upload(film(n));
    const study = await pacs.studyMetadata(`1.2.840.99.1.${Math.floor(n / 2)}`);
    templates.push(study.at(-1) ?? {});
  }
  const lastUpdate = new Date(Date.now() - 86_400_000);
  const studies = Array.from({ length: Math.ceil(images / 2) }, (_, study) => ({
    orthancId: `study-${study}`,
    StudyInstanceUID: String(study),
    lastUpdate,
  }));
  const uid = (value: string) => ({ vr: 'UI', Value: [value] });
  return {
    ...pacs,
    countStudies: () => Promise.resolve(studies.length),
    listStudies: (offset: number, limit: number) =>
      Promise.resolve(studies.slice(offset, offset + limit)),
    studyMetadata: (study: string) =>
      Promise.resolve(
        [0, 1].map((n) => ({
          ...templates[(2 * (Number(study) % 5) + n) % templates.length],
          [Tag.StudyInstanceUID]: uid(`1.2.${study}`),
          [Tag.SOPInstanceUID]: uid(`1.2.${study}.${n}`),
        })),
      ),
  };
}

const cache = openAttributeCache(join(folder, 'replay'), 200_000);
const archive = await answering(cached);
await timed('an archive that answers at once, cache empty', { archive, cache });
await timed('the same, cached', { archive, cache });
await timed('the same again', { archive, cache });
cache.close();

const orthanc = await PrivateOrthanc.start();
try {
  for (let n = 0; n < inOrthanc; n++) await orthanc.upload(film(n));
  // A study into which something came just now is not kept.
  await new Promise((resolve) => setTimeout(resolve, 6_000));
  const pacs = createOrthancPacs({
    url: orthanc.url,
    dicomWebRoot: 'dicom-web',
    timeoutMs: 60_000,
    maxBytes: 64 << 20,
  });
  const filled = openAttributeCache(join(folder, 'orthanc'), 200_000);
  await timed('Orthanc, tiny files, cache empty', { archive: pacs, cache: filled });
  await timed('Orthanc, cached', { archive: pacs, cache: filled });
  filled.close();
  pacs.close();
} finally {
  await orthanc.kill();
  rmSync(folder, { recursive: true });
}

const page = `# Rehearsal

Written by \`node dist/bench/rehearsal.js\`: two sets of rules over films, two to a study. Node ${process.version},
${availableParallelism()} cores; the load is that of the whole machine at the end of the run.

| what | images | studies | from the cache | s | s of processor time in this process | load |
| --- | --- | --- | --- | --- | --- | --- |
${results.join('\n')}
`;
mkdirSync(join(root, 'bench/results'), { recursive: true });
writeFileSync(join(root, 'bench/results/rehearsal.md'), page);
