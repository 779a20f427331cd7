import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import tar from 'tar-stream';
import yauzl from 'yauzl';
import { ColouriseError } from '../../domain/errors.js';

export interface PackageLimits {
  /** Of everything that is unpacked. */
  readonly maxBytes: number;
}

/** A package holds a handful of files; an archive with more is none. */
const maxEntries = 100;
const fileName = /^(manifest\.json|card\.md|[A-Za-z0-9._-]+\.onnx)$/;

/**
 * Writes manifest, card and weights of a package (folder, .zip, .tar, .tar.gz) into an empty folder, under their bare
 * names. Other files are passed over; nothing is ever written elsewhere, whatever names an archive holds.
 * @throws `MODEL_REFUSED` for unsafe names, links, doubles, and packages beyond their limits
 */
export async function unpack(source: string, into: string, limits: PackageLimits): Promise<void> {
  const take = taker(into);
  try {
    if ((await lstat(source)).isDirectory()) await eachFile(source, take, limits);
    else if (await startsWith(source, 0, 'PK')) await eachZipped(source, take, limits);
    else await eachTarred(source, take, limits);
  } catch (thrown) {
    if (thrown instanceof ColouriseError) throw thrown;
    throw new ColouriseError('MODEL_REFUSED', `not a sound package: ${String(thrown)}`, {
      cause: thrown,
    });
  }
}

export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

interface Entry {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'other';
}

/** Takes an entry's content, or leaves it to be passed over. */
type Take = (entry: Entry) => ((content: Readable) => Promise<void>) | undefined;

function taker(into: string): Take {
  const taken = new Set<string>();
  let [count, top] = [0, ''];
  return ({ name, kind }) => {
    if (++count > maxEntries) refuse(`more than ${maxEntries} entries`);
    const parts = name.split('/').filter((part) => part !== '' && part !== '.');
    if (/[\\\0]/.test(name) || name.startsWith('/') || parts.includes('..')) {
      refuse(`unsafe name '${name.slice(0, 80)}'`);
    }
    if (kind === 'other') refuse(`'${name.slice(0, 80)}' is a link or a device`);
    const [file = '', folder = ''] = parts.toReversed();
    if (kind === 'folder' || parts.length > 2 || !fileName.test(file)) return undefined;
    if (taken.size > 0 && folder !== top) refuse('files of a model in two folders');
    const place = file.endsWith('.onnx') ? 'weights' : file;
    if (taken.has(place)) refuse(`a second ${place}`);
    taken.add(place);
    top = folder;
    return (content) =>
      pipeline(content, createWriteStream(join(into, file), { flags: 'wx', mode: 0o644 }));
  };
}

async function eachFile(folder: string, take: Take, { maxBytes }: PackageLimits): Promise<void> {
  const bound = bounded(maxBytes);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!fileName.test(entry.name)) continue;
    const keep = take({ name: entry.name, kind: entry.isFile() ? 'file' : 'other' });
    await keep?.(createReadStream(join(folder, entry.name)).compose(bound()) as Readable);
  }
}

async function eachTarred(file: string, take: Take, { maxBytes }: PackageLimits): Promise<void> {
  const zipped = await startsWith(file, 0, '\x1f\x8b');
  if (!zipped && !(await startsWith(file, 257, 'ustar'))) refuse('neither zip nor tar');
  const bound = bounded(maxBytes);
  const unpacked = tar.extract();
  const packed = createReadStream(file);
  const reading = zipped
    ? pipeline(packed, createGunzip(), bound(), unpacked)
    : pipeline(packed, bound(), unpacked);
  // It ends the loop below as well; the loop's own fault is the one to tell.
  reading.catch(() => undefined);
  for await (const entry of unpacked) {
    const { name, type } = entry.header;
    const kind = type === 'file' ? 'file' : type === 'directory' ? 'folder' : 'other';
    const keep = take({ name, kind });
    if (keep) await keep(Readable.from(entry));
    else entry.resume();
  }
  await reading;
}

async function eachZipped(file: string, take: Take, { maxBytes }: PackageLimits): Promise<void> {
  const zip = await new Promise<yauzl.ZipFile>((resolve, reject) => {
    yauzl.open(file, { lazyEntries: true, autoClose: false }, (fault, opened) => {
      if (fault) reject(fault);
      else resolve(opened);
    });
  });
  const bound = bounded(maxBytes);
  try {
    for (;;) {
      const entry = await nextEntry(zip);
      if (entry === undefined) break;
      const mode = (entry.externalFileAttributes >>> 16) & 0o170000;
      const plain = mode === 0 || mode === 0o100000 || mode === 0o040000;
      const folder = entry.fileName.endsWith('/');
      const keep = take({
        name: entry.fileName,
        kind: !plain ? 'other' : folder ? 'folder' : 'file',
      });
      if (keep) await keep((await contentOf(zip, entry)).compose(bound()) as Readable);
    }
  } finally {
    zip.close();
  }
}

function nextEntry(zip: yauzl.ZipFile): Promise<yauzl.Entry | undefined> {
  return new Promise((resolve, reject) => {
    zip.removeAllListeners();
    zip.once('entry', resolve);
    zip.once('end', () => {
      resolve(undefined);
    });
    zip.once('error', reject);
    zip.readEntry();
  });
}

function contentOf(zip: yauzl.ZipFile, entry: yauzl.Entry): Promise<Readable> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (fault, stream) => {
      if (fault) reject(fault);
      else resolve(stream);
    });
  });
}

/** Streams that together let no more than `maxBytes` pass. */
function bounded(maxBytes: number): () => Transform {
  let passed = 0;
  return () =>
    new Transform({
      transform(chunk: Buffer, _encoding, done) {
        passed += chunk.length;
        if (passed <= maxBytes) done(null, chunk);
        else done(tooLarge(maxBytes));
      },
    });
}

export function tooLarge(maxBytes: number): ColouriseError {
  return new ColouriseError('MODEL_REFUSED', `more than ${maxBytes} bytes (models.maxBytes)`);
}

async function startsWith(file: string, at: number, magic: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(
      Buffer.alloc(magic.length),
      0,
      magic.length,
      at,
    );
    return bytesRead === magic.length && buffer.toString('latin1') === magic;
  } finally {
    await handle.close();
  }
}

function refuse(reason: string): never {
  throw new ColouriseError('MODEL_REFUSED', reason);
}
