import { LRUCache } from 'lru-cache';
import type { LedgerReader } from '../ports/ledger.js';
import type { Pacs } from '../ports/pacs.js';
import type { Pictures } from '../ports/pictures.js';

/** PNGs kept, in bytes: a page shows a few pictures again and again. */
const cacheBytes = 32 * 1024 * 1024;

export type Preview = (
  id: string,
  side: 'before' | 'after',
  width: number,
) => Promise<Uint8Array | undefined>;

/** Pictures for the console, made from what the archive holds and kept for a while. */
export function createPreview(reader: LedgerReader, pacs: Pacs, pictures: Pictures): Preview {
  const cache = new LRUCache<string, Uint8Array>({
    maxSize: cacheBytes,
    sizeCalculation: (png) => png.length,
  });
  return async (id, side, width) => {
    const row = reader.image(id);
    const source = row?.source;
    const output = side === 'before' ? source : row?.output;
    if (source === undefined || output === undefined) return undefined;
    const window = row?.window ?? 1;
    const key = `${output.SOPInstanceUID} ${width} ${window}`;
    const known = cache.get(key);
    if (known) return known;
    const part10 = await pacs.retrieve({ StudyInstanceUID: source.StudyInstanceUID, ...output });
    if (part10 === undefined) return undefined;
    const png = await pictures.preview(part10, { width, window });
    cache.set(key, png);
    return png;
  };
}
