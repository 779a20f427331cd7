import { useRef, useState } from 'preact/hooks';
import type { ImagePage, Wire } from '../../../http/api.js';
import { asApiError, get, type ApiError } from '../../shell/api.js';
import { useLive } from '../../shell/live.js';
import { queryOf, searchOf, type Filter } from './filter.js';
import type { Image } from './words.js';

const pageSize = 60;
/** A refresh asks again for what is shown, up to the most that the API gives at once. */
const mostAtOnce = 500;

interface Known {
  readonly images: readonly Image[];
  /** Behind which older ones are asked for; undefined where there are none. */
  readonly next?: string | undefined;
}

export interface ImageList extends Known {
  /** Before the first answer nothing is known, which is not the same as no image. */
  readonly isKnown: boolean;
  readonly error: ApiError | undefined;
  readonly showOlder: () => Promise<void>;
  readonly reload: () => Promise<void>;
}

const nothing: Known = { images: [] };

/** The images of a filter, newest first, paged by the server and kept fresh. */
export function useImageList(filter: Filter): ImageList {
  const search = searchOf(filter);
  const known = useRef<Known & { readonly of: string }>({ ...nothing, of: search });
  const loading = useRef(false);
  const [, redraw] = useState(0);
  const [olderError, setOlderError] = useState<ApiError>();
  if (known.current.of !== search) known.current = { ...nothing, of: search };

  const ask = (query: Readonly<Record<string, string | number>>) =>
    get<Wire<ImagePage>>('/api/images', { ...queryOf(filter), ...query });

  const { data, error, reload } = useLive(async () => {
    const limit = Math.min(mostAtOnce, Math.max(pageSize, known.current.images.length));
    const page = await ask({ limit });
    if (known.current.of !== search) return search;
    const fresh = new Set(page.images.map(({ id }) => id));
    const beyond = page.next === undefined ? [] : known.current.images.slice(limit);
    known.current = {
      of: search,
      images: [...page.images, ...beyond.filter(({ id }) => !fresh.has(id))],
      next: beyond.length === 0 ? page.next : known.current.next,
    };
    return search;
  }, [search]);

  return {
    ...known.current,
    isKnown: data === search,
    error: error ?? olderError,
    reload,
    showOlder: async () => {
      const { next } = known.current;
      if (loading.current || next === undefined) return;
      loading.current = true;
      try {
        const page = await ask({ before: next, limit: pageSize });
        if (known.current.of !== search) return;
        const shown = new Set(known.current.images.map(({ id }) => id));
        const older = page.images.filter(({ id }) => !shown.has(id));
        const images = [...known.current.images, ...older];
        known.current = { of: search, images, next: page.next };
        setOlderError(undefined);
        redraw((count) => count + 1);
      } catch (thrown) {
        setOlderError(asApiError(thrown));
      } finally {
        loading.current = false;
      }
    },
  };
}
