import {
  snippetCompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
} from '@codemirror/autocomplete';
import { placeAfter } from './place.js';

/** As much of JSON Schema as that of rules uses. */
export interface Schema {
  readonly $ref?: string;
  readonly definitions?: Readonly<Record<string, Schema>>;
  readonly description?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}

/** Offers keys and values that the schema knows, and the names of installed models. */
export function completeRules(
  schema: () => Schema | undefined,
  models: () => readonly string[],
): (context: CompletionContext) => CompletionResult | null {
  return (context) => {
    const whole = schema();
    if (!whole) return null;
    const { path, word, isValue } = placeAfter(context.state.sliceDoc(0, context.pos));
    if (word === '' && !context.explicit && !isValue) return null;
    const nodes = nodesAt(whole, path);
    const named = path.at(-1) === 'model' ? models().map((label) => ({ label })) : [];
    const options = isValue ? [...named, ...valuesOf(nodes)] : keysOf(whole, nodes);
    if (options.length === 0) return null;
    return { from: context.pos - word.length, options, validFor: /^[\w.-]*$/ };
  };
}

function nodesAt(whole: Schema, path: readonly string[]): readonly Schema[] {
  return path.reduce<readonly Schema[]>(
    (nodes, key) => nodes.flatMap((node) => alternatives(whole, childOf(node, key))),
    alternatives(whole, whole),
  );
}

function childOf(node: Schema, key: string): Schema | undefined {
  if (key === '[]') return node.items;
  const known = node.properties?.[key];
  if (known) return known;
  const { additionalProperties } = node;
  return typeof additionalProperties === 'object' ? additionalProperties : undefined;
}

function alternatives(whole: Schema, node: Schema | undefined): readonly Schema[] {
  if (!node) return [];
  if (node.$ref !== undefined) {
    return alternatives(whole, whole.definitions?.[node.$ref.split('/').at(-1) ?? '']);
  }
  const inner = [...(node.anyOf ?? []), ...(node.allOf ?? [])];
  return inner.length === 0 ? [node] : inner.flatMap((part) => alternatives(whole, part));
}

function keysOf(whole: Schema, nodes: readonly Schema[]): readonly Completion[] {
  const entries = nodes.flatMap(({ properties = {} }) => Object.entries(properties));
  return [...new Map(entries)].map(([label, node]) => ({
    label,
    type: 'property',
    apply: `${label}: `,
    info: describe(whole, node),
  }));
}

function valuesOf(nodes: readonly Schema[]): readonly Completion[] {
  const words = nodes.flatMap(({ type, enum: values = [] }) =>
    type === 'boolean' ? ['true', 'false'] : values.map(String),
  );
  const keys = nodes.flatMap(({ properties = {} }) => Object.entries(properties));
  return [
    ...[...new Set(words)].map((label) => ({ label, type: 'enum' })),
    ...[...new Map(keys)].map(([key, { description = '' }]) =>
      snippetCompletion(`{ ${key}: \${} }`, { label: `{ ${key}: }`, info: description }),
    ),
  ];
}

function describe(whole: Schema, node: Schema): string {
  const [first] = alternatives(whole, node);
  return node.description ?? first?.description ?? '';
}
