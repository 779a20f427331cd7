/** A service in memory with the models of the release, and one that was installed beside them. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MemoryShadowBook } from '../../src/adapters/memory/memory-shadow-book.js';
import { createModelDesk } from '../../src/compose/model-desk.js';
import { parseRules } from '../../src/config/load-rules.js';
import { loadSettings } from '../../src/config/load-settings.js';
import type { ColouriseError } from '../../src/domain/errors.js';
import { type LiveRegistry, openLiveRegistry } from '../../src/models/live-registry.js';
import { FakeService, fakeRows } from './fake-service.js';
import { temporaryFolder } from './process.js';

const rules = parseRules(
  'rules:\n' +
    '  - { name: pinned, when: { Modality: DX }, colourise: { model: autoencoder@1.0.0 } }\n' +
    '  - { name: newest, when: { Modality: CR }, colourise: { model: autoencoder, shadow: evidence } }\n' +
    '  - { name: rest, colourise: {} }\n',
  'rules.yaml',
);

/** The autoencoder of the release once more, under a newer version. */
export function secondAutoencoder(installed: string): void {
  const folder = join(installed, 'autoencoder', '1.0.1');
  mkdirSync(folder, { recursive: true });
  for (const file of ['model.onnx', 'card.md', 'evaluation.json']) {
    cpSync(join('models/autoencoder', file), join(folder, file));
  }
  const manifest = JSON.parse(readFileSync('models/autoencoder/manifest.json', 'utf8')) as object;
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ ...manifest, version: '1.0.1' }));
  const record = { installedAt: '2026-01-01T00:00:00Z', source: 'a.zip', sha256: '0'.repeat(64) };
  writeFileSync(join(folder, 'installed.json'), JSON.stringify(record));
}

export interface ModelBench {
  readonly service: FakeService;
  readonly book: MemoryShadowBook;
  readonly registry: LiveRegistry;
  /** What was held against its golden picture, and the fault that this finds. */
  readonly gate: { readonly checked: string[]; fault: ColouriseError | undefined };
}

export async function openModelBench(): Promise<ModelBench> {
  const settings = loadSettings(undefined, { COLOURISER_DATA_FOLDER: temporaryFolder() });
  secondAutoencoder(settings.models.installed);
  const registry = await openLiveRegistry(settings.models.folder, settings.models.installed);
  const service = new FakeService(fakeRows(20));
  const book = new MemoryShadowBook(service.ledger, () => new Date('2026-01-01T00:00:00Z'));
  const gate: ModelBench['gate'] = { checked: [], fault: undefined };
  service.models = createModelDesk(settings, {
    registry,
    rules: () => rules,
    book,
    check: ({ manifest }) => {
      gate.checked.push(`${manifest.name}@${manifest.version}`);
      return gate.fault ? Promise.reject(gate.fault) : Promise.resolve();
    },
  });
  return { service, book, registry, gate };
}
