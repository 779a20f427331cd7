import { createWriteStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ColouriseError } from '../../domain/errors.js';
import { tooLarge } from './package-entries.js';

export interface DownloadLimits {
  readonly maxBytes: number;
  /** From the first request to the last byte. */
  readonly timeoutMs: number;
  /** Without a byte. */
  readonly silenceMs: number;
}

const maxRedirects = 3;

/**
 * Fetches a file over HTTP. What it is worth is for its hash to say.
 * @throws `DOWNLOAD_FAILED`, `MODEL_REFUSED` when it is too large
 */
export async function download(
  address: string,
  file: string,
  limits: DownloadLimits,
  signal?: AbortSignal,
): Promise<void> {
  const silence = new AbortController();
  const heard = setTimeout(() => {
    silence.abort(new Error(`nothing came for ${limits.silenceMs} ms`));
  }, limits.silenceMs);
  const until = AbortSignal.any([
    AbortSignal.timeout(limits.timeoutMs),
    silence.signal,
    ...(signal ? [signal] : []),
  ]);
  try {
    const body = await request(new URL(address), until);
    await pipeline(
      body,
      counted(limits.maxBytes, () => heard.refresh()),
      createWriteStream(file, { flags: 'wx' }),
      { signal: until },
    );
  } catch (thrown) {
    if (thrown instanceof ColouriseError) throw thrown;
    const reason: unknown = until.aborted ? until.reason : thrown;
    throw new ColouriseError('DOWNLOAD_FAILED', `${shownAddress(address)}: ${wordsOf(reason)}`, {
      cause: thrown,
    });
  } finally {
    clearTimeout(heard);
  }
}

/** Without query and fragment, which may hold keys. */
export function shownAddress(address: string): string {
  const { origin, pathname } = new URL(address);
  return `${origin}${pathname}`;
}

async function request(address: URL, signal: AbortSignal): Promise<Readable> {
  let url = address;
  for (let redirects = 0; redirects <= maxRedirects; redirects++) {
    if (url.username !== '' || url.password !== '') throw new Error('credentials in an address');
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: { 'accept-encoding': 'identity' },
      signal,
    });
    const location = answer.headers.get('location');
    if (answer.status >= 300 && answer.status < 400 && location !== null) {
      await answer.body?.cancel();
      const next = new URL(location, url);
      const allowed = url.protocol === 'https:' ? ['https:'] : ['http:', 'https:'];
      if (!allowed.includes(next.protocol)) throw new Error(`leads to ${next.protocol}`);
      url = next;
    } else if (answer.ok && answer.body) {
      return Readable.from(answer.body);
    } else {
      await answer.body?.cancel();
      throw new Error(`HTTP status ${answer.status}`);
    }
  }
  throw new Error(`more than ${maxRedirects} redirects`);
}

function counted(maxBytes: number, onChunk: () => void): Transform {
  let passed = 0;
  return new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      onChunk();
      passed += chunk.length;
      if (passed <= maxBytes) done(null, chunk);
      else done(tooLarge(maxBytes));
    },
  });
}

function wordsOf(reason: unknown): string {
  if (!(reason instanceof Error)) return String(reason);
  return reason.cause instanceof Error ? reason.cause.message : reason.message;
}
