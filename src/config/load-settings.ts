import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { distance } from 'fastest-levenshtein';
import { ConfigInvalidError, type ConfigFault } from './faults.js';
import type { SchemaNode } from './json-schema.js';
import { schemaFaults, valueAt } from './schema-faults.js';
import {
  options,
  settingsJsonSchema,
  settingsSchema,
  type Option,
  type WrittenSettings,
} from './settings.js';
import { parseYaml, type YamlDocument } from './yaml-document.js';

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** Settings in force: whole, validated, every path absolute. */
export type Settings = DeepReadonly<
  Omit<WrittenSettings, 'rules' | 'models'> & {
    /** `edits`: where an edit of the rules goes. */
    rules: { file: string; edits: string; timeZone: string };
    models: WrittenSettings['models'] & { folder: string; installed: string };
  }
>;

type Environment = Readonly<Record<string, string | undefined>>;

/** dist/src/config → the package. */
const packageRoot = resolve(import.meta.dirname, '../../..');

/**
 * Settings from one YAML file, overridden by the environment; both may be left out.
 * A relative path in the file starts at the file's folder, any other at the working directory.
 * @throws ConfigInvalidError with every fault, none of which shows a secret
 */
export function loadSettings(file: string | undefined, env: Environment = process.env): Settings {
  const document = file === undefined ? emptyDocument : readDocument(file);
  const environment = readEnvironment(env);
  const merged = overlay(sectionsOf(document.data), environment.values);
  const parsed = settingsSchema.safeParse(merged);
  const faults = parsed.success ? [] : schemaFaults(parsed.error, settingsJsonSchema, merged);
  const placed = faults.map(({ path, at, ...fault }): ConfigFault => {
    const variable = environment.sources.get(fault.key);
    if (variable !== undefined) return { source: variable, ...fault };
    return file === undefined
      ? { source: 'settings', ...fault }
      : { source: file, ...document.place(path, at), ...fault };
  });
  if (!parsed.success || environment.faults.length > 0) {
    throw new ConfigInvalidError([...placed, ...environment.faults]);
  }
  const inFile = (key: string) =>
    !environment.sources.has(key) && valueAt(document.data, key.split('.')) !== undefined;
  return absolute(parsed.data, (key) =>
    file !== undefined && inFile(key) ? dirname(resolve(file)) : process.cwd(),
  );
}

const emptyDocument: YamlDocument = { data: undefined, place: () => ({ line: 1, column: 1 }) };

function readDocument(file: string): YamlDocument {
  const parsed = parseYaml(readText(file, file, 'settings'), file);
  if ('faults' in parsed) throw new ConfigInvalidError(parsed.faults);
  return parsed.document;
}

function readText(file: string, source: string, key: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new ConfigInvalidError([{ source, key, expected: `a readable file (${code})` }]);
  }
}

/** A section whose keys are all commented out reads as nothing; it means the defaults. */
function sectionsOf(data: unknown): unknown {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return data ?? {};
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, (value as unknown) ?? {}]),
  );
}

interface EnvironmentSettings {
  readonly values: readonly (readonly [Option, unknown])[];
  /** Key → the variable that set it. */
  readonly sources: ReadonlyMap<string, string>;
  readonly faults: readonly ConfigFault[];
}

/** An empty variable counts as unset, which is what `${NAME:-}` in a compose file makes. */
function readEnvironment(env: Environment): EnvironmentSettings {
  const values: (readonly [Option, unknown])[] = [];
  const sources = new Map<string, string>();
  const faults: ConfigFault[] = [...misspelt(env)];
  for (const option of options) {
    const { key, variable, node } = option;
    const plain = env[variable] === '' ? undefined : env[variable];
    const fileVariable = `${variable}_FILE`;
    const secretFile = node.secret === true ? env[fileVariable] : undefined;
    if (plain !== undefined && secretFile !== undefined && secretFile !== '') {
      faults.push({
        source: fileVariable,
        key,
        expected: `only one of ${variable} and ${fileVariable}`,
      });
    } else if (secretFile !== undefined && secretFile !== '') {
      const read = readSecret(secretFile, fileVariable, key);
      if ('fault' in read) faults.push(read.fault);
      else values.push([option, read.secret]);
      sources.set(key, fileVariable);
    } else if (plain !== undefined) {
      values.push([option, typed(plain, node)]);
      sources.set(key, variable);
    }
  }
  return { values, sources, faults };
}

function readSecret(
  file: string,
  source: string,
  key: string,
): { secret: string } | { fault: ConfigFault } {
  try {
    return { secret: readText(file, source, key).replace(/\r?\n$/, '') };
  } catch (error) {
    if (error instanceof ConfigInvalidError && error.faults[0]) return { fault: error.faults[0] };
    throw error;
  }
}

/** As the YAML would have it: numbers, booleans and mappings by the option's type, all else as text. */
function typed(value: string, { type }: SchemaNode): unknown {
  if (type === 'boolean' && /^(true|false)$/i.test(value)) return value.toLowerCase() === 'true';
  if (type === 'object') return mapping(value);
  const number = Number(value);
  const numeric = (type === 'integer' || type === 'number') && value.trim() !== '';
  return numeric && Number.isFinite(number) ? number : value;
}

/** A mapping is written as JSON; what is none stays text, for the schema to refuse. */
function mapping(value: string): unknown {
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

/** Variables a slip away from one of ours. Others with our prefix may be the plugin's, and are not ours to judge. */
function misspelt(env: Environment): readonly ConfigFault[] {
  const known = options.flatMap(({ variable, node }) =>
    node.secret === true ? [variable, `${variable}_FILE`] : [variable],
  );
  return Object.keys(env)
    .filter((name) => name.startsWith('COLOURISER_') && !known.includes(name))
    .flatMap((name): readonly ConfigFault[] => {
      const meant = known.find((candidate) => distance(name, candidate) <= 2);
      if (meant === undefined) return [];
      return [{ source: name, key: name, expected: `a known variable; did you mean ${meant}?` }];
    });
}

function overlay(data: unknown, values: EnvironmentSettings['values']): unknown {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return data;
  return values.reduce<Readonly<Record<string, unknown>>>(
    (settings, [{ path }, value]) => {
      const [section, name] = path;
      const before = valueAt(settings, [section]) ?? {};
      return typeof before === 'object'
        ? { ...settings, [section]: { ...before, [name]: value } }
        : settings;
    },
    data as Readonly<Record<string, unknown>>,
  );
}

function absolute(settings: WrittenSettings, baseOf: (key: string) => string): Settings {
  const { orthanc, http, syslog, data, rules, models, queue, forward } = settings;
  const at = (key: string, path: string) => resolve(baseOf(key), path);
  const shipped = (path: string) => join(packageRoot, path);
  const inData = (path: string) => at('data.folder', join(data.folder, path));
  const edits = rules.file === undefined ? inData('rules.yaml') : at('rules.file', rules.file);
  return {
    ...settings,
    orthanc: {
      ...orthanc,
      ...(orthanc.caFile === undefined ? {} : { caFile: at('orthanc.caFile', orthanc.caFile) }),
    },
    queue: {
      ...queue,
      ...(queue.caFile === undefined ? {} : { caFile: at('queue.caFile', queue.caFile) }),
    },
    forward: {
      ...forward,
      destinations: Object.fromEntries(
        Object.entries(forward.destinations).map(([name, destination]) => [
          name,
          withFiles(destination, (path) => at('forward.destinations', path)),
        ]),
      ),
    },
    http: {
      ...http,
      ...(http.tlsCertFile === undefined
        ? {}
        : { tlsCertFile: at('http.tlsCertFile', http.tlsCertFile) }),
      ...(http.tlsKeyFile === undefined
        ? {}
        : { tlsKeyFile: at('http.tlsKeyFile', http.tlsKeyFile) }),
    },
    syslog: {
      ...syslog,
      ...(syslog.caFile === undefined ? {} : { caFile: at('syslog.caFile', syslog.caFile) }),
    },
    data: { folder: at('data.folder', data.folder) },
    rules: {
      // An edit of the release's rules stands in the data folder, where no upgrade overwrites it.
      file: rules.file === undefined && !existsSync(edits) ? shipped('config/rules.yaml') : edits,
      edits,
      timeZone: rules.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    },
    models: {
      ...models,
      folder: models.folder === undefined ? shipped('models') : at('models.folder', models.folder),
      installed:
        models.installed === undefined
          ? inData('models')
          : at('models.installed', models.installed),
    },
  };
}

type WrittenDestination = WrittenSettings['forward']['destinations'][string];

function withFiles(
  destination: WrittenDestination,
  at: (path: string) => string,
): WrittenDestination {
  const { passwordFile, tokenFile, caFile } = destination;
  return {
    ...destination,
    ...(passwordFile === undefined ? {} : { passwordFile: at(passwordFile) }),
    ...(tokenFile === undefined ? {} : { tokenFile: at(tokenFile) }),
    ...(caFile === undefined ? {} : { caFile: at(caFile) }),
  };
}
