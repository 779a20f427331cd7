import { useEffect, useState } from 'preact/hooks';
import type { ImageLinks } from '../../../http/api.js';
import { get } from '../../shell/api.js';
import { Icon } from '../../shell/icon.js';
import type { Image } from './words.js';

const words: readonly (readonly [keyof ImageLinks, string])[] = [
  ['viewer', 'Web viewer'],
  ['ohif', 'OHIF'],
  ['stone', 'Stone'],
  ['explorer', 'Orthanc Explorer'],
];

/** Ways into the archive and into other viewers, as far as they are known. */
export function Links({ image }: { readonly image: Image }) {
  const [links, setLinks] = useState<ImageLinks>({});
  useEffect(() => {
    const left = new AbortController();
    get<ImageLinks>(`/api/images/${encodeURIComponent(image.id)}/links`, {}, left.signal).then(
      setLinks,
      () => {
        if (!left.signal.aborted) setLinks({});
      },
    );
    return () => {
      left.abort();
    };
  }, [image.id, image.output?.SeriesInstanceUID]);
  return (
    <p class="links">
      {words.map(([key, word]) => {
        const href = links[key];
        if (href === undefined) return null;
        return (
          <a key={key} href={href} target="_blank" rel="noreferrer">
            {word}
            <Icon name="out" />
          </a>
        );
      })}
    </p>
  );
}
