import { stringify } from 'yaml';
import { expectedOf, type SchemaNode } from './json-schema.js';
import { rulesJsonSchema } from './rules-schema.js';
import { options, settingsJsonSchema, type Option } from './settings.js';

/** Files that are made from the schemas, by path from the package's root; not yet laid out by the formatter. */
export const publishedFiles: Readonly<Record<string, string>> = {
  'schemas/rules.schema.json': JSON.stringify(rulesJsonSchema, null, 2),
  'schemas/settings.schema.json': JSON.stringify(editorSettingsSchema(), null, 2),
  'docs/configuration.md': configurationPage(),
  'config/colouriser.yaml': commentedSettings(),
};

/** A section with every key commented out is null in YAML, and means its defaults. */
function editorSettingsSchema(): SchemaNode {
  const sections = Object.entries(settingsJsonSchema.properties ?? {});
  const properties = Object.fromEntries(
    sections.map(([name, node]) => [name, { ...node, type: ['object', 'null'] }]),
  );
  return { ...settingsJsonSchema, properties };
}

function configurationPage(): string {
  return `# Configuration

One YAML file, [\`config/colouriser.yaml\`](../config/colouriser.yaml) with everything commented out. Every
option can be overridden by the environment variable beside it; an empty variable counts as unset. A secret
can also be read from a file: add \`_FILE\` to its variable. Everything is checked at start, and all faults
are listed at once. Relative paths in the file start at its folder, all others at the working directory.

Made from the schema in \`src/config/settings.ts\` by \`node scripts/publish-config.mjs\`; editors can complete the
file with [\`schemas/settings.schema.json\`](../schemas/settings.schema.json).

| option | variable | default | what is allowed | why |
| --- | --- | --- | --- | --- |
${options.map(tableRow).join('\n')}
`;
}

function tableRow({ key, variable, node }: Option): string {
  const allowed = `${expectedOf([node])}${node.secret === true ? ' (secret)' : ''}`;
  const cells = [
    `\`${key}\``,
    `\`${variable}\``,
    shownDefault(node),
    allowed,
    node.description ?? '',
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function shownDefault({ default: value }: SchemaNode): string {
  if (value === undefined || typeof value === 'object') return '';
  return String(value).includes('\n') ? 'as in the file' : `\`${String(value)}\``;
}

/** YAML takes a text of several lines as JSON writes it. */
function oneLine(name: string, value: SchemaNode['default']): string {
  const isLong = typeof value === 'string' && value.includes('\n');
  if (isLong) return `${name}: ${JSON.stringify(value)}`;
  return stringify({ [name]: value ?? null }, { nullStr: '', lineWidth: 0 }).trim();
}

function commentedSettings(): string {
  const sections = Object.entries(settingsJsonSchema.properties ?? {}).map(([section, node]) => {
    const keys = Object.entries(node.properties ?? {}).flatMap(([name, option]) => [
      `  # ${option.description ?? ''} (${expectedOf([option])})`,
      `  # ${oneLine(name, option.default)}`,
    ]);
    return [`# ${node.description ?? ''}`, `${section}:`, ...keys].join('\n');
  });
  return `# yaml-language-server: $schema=../schemas/settings.schema.json
#
# Settings of orthanc-colouriser, all at their defaults: take the # away from what you change.
# Each can also be set by the environment: orthanc.timeoutMs is COLOURISER_ORTHANC_TIMEOUT_MS.

${sections.join('\n\n')}
`;
}
