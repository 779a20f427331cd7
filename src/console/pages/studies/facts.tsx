import type { ComponentChildren } from 'preact';
import { longTime } from '../../shell/format.js';
import { Identifier } from './identifier.js';
import type { Image } from './words.js';

const packings: Readonly<Record<NonNullable<Image['compression']>, string>> = {
  rle: 'RLE',
  'jpeg-ls': 'JPEG-LS',
  'jpeg-2000': 'JPEG 2000',
};

/** By which rule, which model and how it was drawn. */
export function Provenance({ image }: { readonly image: Image }) {
  return (
    <section>
      <h3>How it was decided</h3>
      <Pairs
        pairs={[
          ['Rule', image.rule || 'none'],
          ['Rules version', image.rulesVersion],
          ['Model', image.model && `${image.model} ${image.modelVersion ?? ''}`],
          ['Palette', image.palette],
          ['Strength', image.strength],
          ['Contour lines', image.contours?.join(', ')],
          ['Made for', image.display === 'gsdf' ? 'displays calibrated to PS3.14' : undefined],
          ['Stored as', image.compression && `${packings[image.compression]}, lossless`],
          ['Code', image.code],
          ['Attempts', image.attempts],
          ['Settled', image.settledAt && longTime(image.settledAt)],
        ]}
      />
    </section>
  );
}

export function Identifiers({ image }: { readonly image: Image }) {
  const { source, output } = image;
  const all: readonly (readonly [string, string | undefined])[] = [
    ['StudyInstanceUID', source?.StudyInstanceUID],
    ['SeriesInstanceUID', source?.SeriesInstanceUID],
    ['SOPInstanceUID', source?.SOPInstanceUID],
    ['Colour SeriesInstanceUID', output?.SeriesInstanceUID],
    ['Colour SOPInstanceUID', output?.SOPInstanceUID],
    ['Orthanc id', image.orthancId],
  ];
  return (
    <section class="wide">
      <h3>Identifiers</h3>
      <Pairs
        pairs={all.map(([name, value]) => [
          name,
          value === undefined ? undefined : <Identifier value={value} name={name} />,
        ])}
      />
    </section>
  );
}

interface PairsProps {
  readonly pairs: readonly (readonly [name: string, value: ComponentChildren])[];
}

/** Names and values; what has no value is left out. */
function Pairs({ pairs }: PairsProps) {
  return (
    <dl class="pairs">
      {pairs
        .filter(([, value]) => value !== undefined && value !== '')
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
