/** A service in memory whose pictures and models are the real ones: for what looks at single images. */
import { createMemoryPacs, type MemoryPacs } from '../../src/adapters/memory/memory-pacs.js';
import type { OpenTools } from '../../src/compose/tools.js';
import type { InstanceRef } from '../../src/domain/job.js';
import { createLooks } from '../../src/pipeline/looks.js';
import { makeChestPhantom } from '../../src/phantom/chest-phantom.js';
import { makeHandPhantom } from '../../src/phantom/hand-phantom.js';
import { phantomInstance } from '../../src/phantom/phantom-instance.js';
import type { ImageRow } from '../../src/ports/ledger.js';
import { openTestTools } from './colour-tools.js';
import { FakeService } from './fake-service.js';
import { freshUid } from './part10.js';
import { makePerson } from './people.js';

export interface LookBench {
  readonly service: FakeService;
  readonly pacs: MemoryPacs;
  readonly tools: OpenTools;
  /** A film of 2500 × 3000 with an opacity, coloured by `evidence`. */
  readonly film: ImageRow;
  /** The same at 500 × 600. */
  readonly small: ImageRow;
  /** A small hand, which no rule took. */
  readonly hand: ImageRow;
  close(): Promise<void>;
}

export async function openLookBench(): Promise<LookBench> {
  const tools = await openTestTools();
  const pacs = createMemoryPacs();
  const upload = (part: (ref: InstanceRef) => Uint8Array): InstanceRef => {
    const ref = {
      StudyInstanceUID: freshUid(),
      SeriesInstanceUID: freshUid(),
      SOPInstanceUID: freshUid(),
    };
    pacs.upload(part(ref));
    return ref;
  };
  const chest = makeChestPhantom({ seed: 4, opacity: 'right-lower' });
  const film = row(
    'film',
    upload((ref) => phantomInstance(chest, { ...makePerson(1), ...ref })),
    {
      state: 'stored',
      rule: 'frontal-chest',
      model: 'evidence',
      modelVersion: '1.3.0',
      palette: 'magenta',
      strength: 1,
      probability: 0.93,
      summary: { Modality: 'DX', BodyPartExamined: 'CHEST', ViewPosition: 'PA' },
      output: { SeriesInstanceUID: '2.25.1', SOPInstanceUID: '2.25.2' },
    },
  );
  const little = makeChestPhantom({ seed: 4, opacity: 'right-lower', Columns: 500, Rows: 600 });
  const small: ImageRow = {
    ...film,
    id: 'small',
    source: upload((ref) => phantomInstance(little, { ...makePerson(3), ...ref })),
  };
  const fingers = makeHandPhantom({ seed: 2 });
  const hand = row(
    'hand',
    upload((ref) => phantomInstance(fingers, { ...makePerson(2), ...ref })),
    {
      state: 'skipped',
      code: 'RULE',
      reason: 'not a frontal chest radiograph',
      rule: 'everything-else',
      summary: { Modality: 'DX', BodyPartExamined: 'HAND' },
    },
  );
  const service = new FakeService([film, small, hand]);
  service.models = {
    ...service.models,
    known: () =>
      tools.registry.entries.map((entry) => ({
        ...entry,
        isDefault: entry.model.manifest.name === 'evidence',
        rules: [],
        shadowRules: [],
        shadowOf: [],
      })),
  };
  service.looks = createLooks({
    reader: service.ledger,
    pacs,
    pictures: tools.pictures,
    registry: tools.registry,
    networksOf: () => tools.side,
  });
  return { service, pacs, tools, film, small, hand, close: () => tools.close() };
}

function row(
  id: string,
  source: InstanceRef,
  more: Pick<ImageRow, 'state' | 'rule' | 'summary'> & Partial<ImageRow>,
): ImageRow {
  return {
    id,
    orthancId: `f0e1d2c3-b4a59687-78695a4b-3c2d1e0f-${id.padStart(8, '0')}`,
    source,
    rulesVersion: '4be1c09',
    reason: '',
    attempts: 1,
    timingsMs: { infer: 80, total: 900 },
    arrivedAt: new Date('2026-01-01T08:00:00Z'),
    settledAt: new Date('2026-01-01T08:00:01Z'),
    ...more,
  };
}
