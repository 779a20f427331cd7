import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import tar from 'tar-stream';
import type { InstallTools } from '../../src/adapters/models/install-model.js';
import { temporaryFolder } from './process.js';

export const sha256 = (bytes: Uint8Array | string) =>
  createHash('sha256').update(bytes).digest('hex');

/** Stands for weights where nobody loads them. */
const weights = 'weights of a made-up model';

/** The three files of a model that is never run. */
export function modelFiles(change: object = {}): Readonly<Record<string, string>> {
  const manifest = {
    name: 'made-up',
    version: '1.0.0',
    title: 'A test',
    meaning: 'It means nothing.',
    weights: { file: 'net.onnx', sha256: sha256(weights) },
    input: { tensor: 'x', rows: 16, columns: 16, preprocessing: 'lightness' },
    outputs: { kind: 'evidence', evidence: 'e' },
    photographic: false,
    licence: 'CC0 1.0',
    golden: { tolerance: 0.005, outputs: { e: [0, 0] } },
    ...change,
  };
  return {
    'manifest.json': JSON.stringify(manifest),
    'card.md': '# made-up 1.0.0: a test\n',
    'net.onnx': weights,
  };
}

export function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

export type TarEntry = Parameters<tar.Pack['entry']>[0] & { readonly content?: string };

/** A gzipped tar of these entries, whatever their names. */
export async function tarOf(entries: readonly TarEntry[]): Promise<string> {
  const file = join(temporaryFolder(), 'package.tar.gz');
  const pack = tar.pack();
  for (const { content = '', ...header } of entries) pack.entry(header, content);
  pack.finalize();
  await pipeline(pack, createGzip(), createWriteStream(file));
  return file;
}

export const tarEntries = (files: Readonly<Record<string, string>>): readonly TarEntry[] =>
  Object.entries(files).map(([name, content]) => ({ name, content }));

/** A zip of these files, whatever their names; a target makes a symbolic link. */
export function zipOf(
  files: Readonly<Record<string, string>>,
  links: Readonly<Record<string, string>> = {},
): string {
  const file = join(temporaryFolder(), 'package.zip');
  const program = `
import json, stat, sys, zipfile
files, links = json.load(sys.stdin)
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as archive:
    for name, text in files.items():
        archive.writestr(name, text)
    for name, target in links.items():
        info = zipfile.ZipInfo(name)
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, target)
`;
  execFileSync('/usr/bin/python3', ['-c', program, file], {
    input: JSON.stringify([files, links]),
  });
  return file;
}

/** Tools that install into a folder of their own, beside no release, and ask no network. */
export function installTools(change: Partial<InstallTools> = {}): InstallTools {
  const folder = temporaryFolder();
  const [shipped, installed] = [join(folder, 'shipped'), join(folder, 'installed')];
  mkdirSync(shipped);
  return {
    shipped,
    installed,
    limits: { maxBytes: 1 << 20, timeoutMs: 10_000, silenceMs: 10_000 },
    check: () => Promise.resolve(),
    now: () => new Date('2026-01-02T03:04:05Z'),
    remark: () => undefined,
    ...change,
  };
}

export const hashOfFile = (file: string) => sha256(readFileSync(file));
