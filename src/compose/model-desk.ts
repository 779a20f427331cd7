import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import {
  activateModel,
  deactivateModel,
  type ModelFolders,
  readCard,
  shadowModel,
} from '../adapters/models/retire-model.js';
import type { Settings } from '../config/load-settings.js';
import { asColouriseError, ColouriseError } from '../domain/errors.js';
import type { ColouriseAction, Rules } from '../domain/rules/decide.js';
import { summariseShadow } from '../domain/shadow.js';
import type { LiveRegistry } from '../models/live-registry.js';
import { parseReference } from '../models/reference.js';
import type { InstalledModel, RegistryEntry } from '../models/registry.js';
import { verifyWeights } from '../models/weights.js';
import type { CardPicture, KnownModel, ModelDesk, NamedVersion } from '../ports/model-desk.js';
import { keptPerPair, type ShadowBook } from '../ports/shadow-book.js';

export interface DeskTools {
  readonly registry: LiveRegistry;
  readonly rules: () => Rules;
  readonly book: ShadowBook;
  /** Holds a model against its golden picture where it would run. */
  readonly check: (model: InstalledModel) => Promise<void>;
}

const pictureTypes: Readonly<Record<string, CardPicture['type']>> = {
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.jpg': 'image/jpeg',
};

const mostPictures = 24;

/** What the console asks and changes about models; the same acts as those of the command line. */
export function createModelDesk(
  { models: { folder: shipped, installed, default: defaultModel } }: Settings,
  { registry, rules, book, check }: DeskTools,
): ModelDesk {
  const folders: ModelFolders = { shipped, installed };
  const find = (version: NamedVersion): RegistryEntry => {
    const found = registry.entries.find((entry) => isVersion(entry, version));
    if (found) return found;
    throw new ColouriseError(
      'MODEL_NOT_FOUND',
      `${version.name} ${version.version} is not known here`,
    );
  };
  const pictures = async (version: NamedVersion) => {
    const files = await readdir(find(version).model.folder).catch(() => []);
    return files
      .filter((file) => extname(file) in pictureTypes)
      .sort()
      .slice(0, mostPictures);
  };
  return {
    known: () => knownModels(registry, rules(), defaultModel),
    card: (version) => readCard(find(version)),
    async figures(version) {
      const file = join(find(version).model.folder, 'evaluation.json');
      const text = await readFile(file, 'utf8').catch(() => undefined);
      return text === undefined ? undefined : parsed(text, file);
    },
    pictures,
    async picture(version, name) {
      const type = pictureTypes[extname(name)];
      if (type === undefined || !(await pictures(version)).includes(name)) return undefined;
      return { type, bytes: await readFile(join(find(version).model.folder, name)) };
    },
    async activate(version) {
      const { model } = find(version);
      await verifyWeights(model);
      await check(model);
      await activateModel(folders, version);
      await registry.reload();
    },
    async deactivate(version) {
      find(version);
      await deactivateModel(folders, version);
      await registry.reload();
    },
    async shadow(beside, version) {
      await shadowModel(folders, beside, version);
      await registry.reload();
    },
    shadows: () => book.pairs().map((pair) => summariseShadow(pair, book.rows(pair, keptPerPair))),
    shadowRows: (pair, limit) => book.rows(pair, limit),
  };
}

function parsed(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ColouriseError('MODEL_INVALID', `${file} is not JSON`, { cause });
  }
}

function isVersion(
  { model: { manifest } }: RegistryEntry,
  { name, version }: NamedVersion,
): boolean {
  return manifest.name === name && manifest.version === version;
}

/** Every known version, with the rules that would take it now. */
function knownModels(
  registry: LiveRegistry,
  { rules }: Rules,
  defaultModel: string,
): readonly KnownModel[] {
  const found = (reference: string, version?: string) => {
    try {
      return registry.get(reference, version);
    } catch (thrown) {
      if (asColouriseError(thrown).code === 'MODEL_NOT_FOUND') return undefined;
      throw thrown;
    }
  };
  const uses = rules.flatMap(({ name, verdict }) =>
    verdict.kind === 'colourise' ? verdict.actions.map((action) => ({ name, action })) : [],
  );
  const taken = ({ model, version }: ColouriseAction) => found(model ?? defaultModel, version);
  const besides = ({ shadow }: ColouriseAction) =>
    shadow === undefined ? undefined : found(shadow);
  return registry.entries.map((entry) => {
    const isThis = (model: InstalledModel | undefined) =>
      model?.weightsFile === entry.model.weightsFile;
    const named = (of: (action: ColouriseAction) => InstalledModel | undefined) => [
      ...new Set(uses.filter(({ action }) => isThis(of(action))).map(({ name }) => name)),
    ];
    return {
      ...entry,
      isDefault: isThis(found(defaultModel)),
      rules: named(taken),
      shadowRules: named(besides),
      shadowOf: Object.entries(registry.shadows)
        .filter(([, reference]) => {
          const { name, version = '' } = parseReference(reference);
          return isVersion(entry, { name, version });
        })
        .map(([beside]) => beside),
    };
  });
}
