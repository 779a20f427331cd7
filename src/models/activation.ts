import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ColouriseError } from '../domain/errors.js';
import type { ModelReference } from './reference.js';

const schema = z.strictObject({
  /** The version that rules without one take, by name; the newest shipped one where nothing is said. */
  active: z.record(z.string(), z.string()).default({}),
  /** Versions that may not colour, as `name@version`. */
  deactivated: z.array(z.string()).default([]),
  /** What runs in the shadow of a model, by the name of that model, as `name@version`. */
  shadows: z.record(z.string(), z.string()).default({}),
});

/** What an operator decided about versions. */
export type Activation = z.infer<typeof schema>;

const fileName = 'activation.json';

/** @throws `MODEL_INVALID` when the file was spoilt */
export async function readActivation(folder: string): Promise<Activation> {
  const file = join(folder, fileName);
  const text = await readFile(file, 'utf8').catch((fault: unknown) => {
    if (fault instanceof Error && 'code' in fault && fault.code === 'ENOENT') return '{}';
    throw fault;
  });
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new ColouriseError('MODEL_INVALID', `${file} is not what this software wrote`, { cause });
  }
}

/** Replaces the file as a whole: a reader sees the old one or the new one. */
export async function writeActivation(folder: string, activation: Activation): Promise<void> {
  await mkdir(folder, { recursive: true });
  const draft = join(folder, `.${fileName}-${randomUUID()}`);
  await writeFile(draft, `${JSON.stringify(activation, undefined, 2)}\n`);
  await rename(draft, join(folder, fileName));
}

export function activated(
  { active, deactivated, shadows }: Activation,
  { name, version }: Required<ModelReference>,
): Activation {
  return {
    shadows,
    active: { ...active, [name]: version },
    deactivated: deactivated.filter((one) => one !== `${name}@${version}`),
  };
}

export function deactivated(
  activation: Activation,
  { name, version }: Required<ModelReference>,
): Activation {
  const all = new Set([...activation.deactivated, `${name}@${version}`]);
  return { ...activation, deactivated: [...all].sort() };
}

/** @param shadow undefined where nothing runs in the shadow of the model any more */
export function shadowed(
  activation: Activation,
  name: string,
  shadow: Required<ModelReference> | undefined,
): Activation {
  const others = Object.entries(activation.shadows).filter(([beside]) => beside !== name);
  const own = shadow ? [[name, `${shadow.name}@${shadow.version}`] as const] : [];
  return { ...activation, shadows: Object.fromEntries([...others, ...own]) };
}
