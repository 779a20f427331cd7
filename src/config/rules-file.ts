/** Reads and writes the rules file. */
import { createHash, randomUUID } from 'node:crypto';
import { access, constants, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ColouriseError } from '../domain/errors.js';

/** Short hash of a text, to the byte; of what is not there: `absent`. */
export function textHashOf(text: string | undefined): string {
  if (text === undefined) return 'absent';
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** Undefined where there is no such file. */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return undefined;
    throw unwritable(file, thrown);
  }
}

/** Why a file cannot be replaced, in a few words; undefined where nothing is known to be in the way. */
export async function obstacleTo(file: string): Promise<string | undefined> {
  try {
    const target = await targetOf(file);
    const found = await stat(target).catch(() => undefined);
    // Root may write whatever its mode says; whoever made it read-only meant it.
    if (found && (found.mode & 0o222) === 0) return 'the file is read-only';
    if (found) await access(target, constants.W_OK);
    await access(dirname(target), constants.W_OK);
    return undefined;
  } catch (thrown) {
    return reasonOf(thrown);
  }
}

/**
 * Replaces a file at once: whoever reads it sees the old text or the new one, also after a power cut. Its mode and owner
 * stay; a link stays a link. A file that is not there is made, readable for its owner and group.
 * @param check called with what the file holds just before; throws to leave it as it is
 * @throws `RULES_UNWRITABLE`
 */
export async function replaceFile(
  file: string,
  text: string,
  check: (onDisk: string | undefined) => void,
): Promise<void> {
  const obstacle = await obstacleTo(file);
  if (obstacle !== undefined) throw unwritable(file, obstacle);
  const target = await targetOf(file);
  const temporary = join(dirname(target), `.${basename(target)}.${randomUUID()}`);
  try {
    await writeAlike(temporary, text, target);
    check(await readIfThere(target));
    await rename(temporary, target);
  } catch (thrown) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw thrown instanceof ColouriseError ? thrown : unwritable(file, thrown);
  }
  // The new text is in place. Not every file system can be asked to write a folder through.
  await synchronise(dirname(target)).catch(() => undefined);
}

/** What a link points at, so that the link itself is not replaced. */
async function targetOf(file: string): Promise<string> {
  return realpath(file).catch((thrown: unknown) => {
    if (codeOf(thrown) === 'ENOENT') return file;
    throw thrown;
  });
}

async function writeAlike(temporary: string, text: string, model: string): Promise<void> {
  const like = await stat(model).catch(() => undefined);
  const handle = await open(temporary, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    const own = await handle.stat();
    // Only root may give files away; for others the owner is their own already.
    if (like && (like.uid !== own.uid || like.gid !== own.gid)) {
      await handle.chown(like.uid, like.gid).catch(() => undefined);
    }
    await handle.chmod(like ? like.mode & 0o777 : 0o640);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function synchronise(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function unwritable(file: string, why: unknown): ColouriseError {
  const reason = typeof why === 'string' ? why : reasonOf(why);
  return new ColouriseError('RULES_UNWRITABLE', `${file} cannot be replaced: ${reason}`);
}

const reasons: Readonly<Record<string, string>> = {
  EROFS: 'it stands on a read-only file system, as a ConfigMap does',
  EACCES: 'this process may not write there',
  EPERM: 'this process may not write there',
  EBUSY: 'the file itself is mounted: mount its folder',
  ENOSPC: 'the disk is full',
  ENOENT: 'its folder does not exist',
};

function reasonOf(thrown: unknown): string {
  const code = codeOf(thrown);
  return reasons[code] ?? code;
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown fault';
}
