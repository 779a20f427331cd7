import { Link } from 'wouter-preact';
import type { ImageJson, Wire } from '../../../http/api.js';
import { duration } from '../../shell/format.js';
import { type Fact, KnownFacts } from '../../shell/known-facts.js';
import type { Look } from './painting.js';
import type { Seen } from './pictures.js';

interface FactsProps {
  readonly image: Wire<ImageJson>;
  readonly look: Look;
  readonly seen: Seen | undefined;
  readonly window: string | undefined;
  readonly isAll: boolean;
}

/** Whence the picture comes, and how it was made. */
export function Facts({ image, look, seen, window, isAll }: FactsProps) {
  const stored = isStored(image, look, seen) && !isAll;
  const facts: readonly Fact[] = [
    ['Score of the model', isAll ? undefined : seen?.probability?.toFixed(3)],
    ['Model', isAll || !seen ? undefined : `${seen.model} ${seen.modelVersion}`],
    ['Weights, SHA-256', isAll ? undefined : seen?.sha256.slice(0, 16)],
    ['Inference', isAll || !seen ? undefined : duration(seen.inferMs)],
    ['Window', window],
    ['Rule', image.rule === '' ? undefined : image.rule],
    ['State', image.state],
    ['Source image', image.source?.SOPInstanceUID],
    ['Colour series', image.output?.SeriesInstanceUID],
  ];
  return (
    <section class="facts" aria-labelledby="facts-title">
      <h2 id="facts-title">This picture</h2>
      <p class="quiet" data-stored={stored}>
        {stored ? 'Colour as it is stored in the archive.' : 'Drawn for you, and stored nowhere.'}
      </p>
      <KnownFacts facts={facts} />
      {!isAll && seen?.probability !== undefined && (
        <p class="quiet">The score is a number of the model for the whole picture, no diagnosis.</p>
      )}
      <p>
        <Link href={`/studies/${image.id}`}>How it came to this</Link>
      </p>
    </section>
  );
}

/** Whether the picture that is drawn is the one in the archive. */
function isStored(image: Wire<ImageJson>, look: Look, seen: Seen | undefined): boolean {
  return (
    image.output !== undefined &&
    seen !== undefined &&
    image.model === seen.model &&
    image.modelVersion === seen.modelVersion &&
    image.palette === look.palette &&
    image.strength === look.strength &&
    (image.display ?? 'srgb') === (look.display ?? 'srgb') &&
    (image.contours ?? []).join() === (look.contours ?? []).join()
  );
}
