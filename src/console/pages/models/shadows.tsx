import { Link } from 'wouter-preact';
import type { ModelVersion } from '../../../domain/job.js';
import type { ShadowSummary, Spread } from '../../../domain/shadow.js';
import type { ShadowRowJson, Wire } from '../../../http/api.js';
import { get } from '../../shell/api.js';
import { count, duration, longTime, shortTime } from '../../shell/format.js';
import { type Fact, KnownFacts } from '../../shell/known-facts.js';
import { useLive } from '../../shell/live.js';
import { Problem } from '../../shell/problem.js';

export const versionName = ({ model, modelVersion }: ModelVersion): string =>
  `${model}@${modelVersion}`;

type Pair = Wire<ShadowSummary>;

/** What models came to in the shadow of others. */
export function Shadows() {
  const { data, error } = useLive(
    () => get<{ readonly pairs: readonly Pair[] }>('/api/shadows'),
    [],
  );
  return (
    <section aria-labelledby="shadows-title" class="shadows">
      <h2 id="shadows-title">In the shadow</h2>
      <p class="quiet">
        A version may run beside the one in use and store nothing. Two models that agree may both be
        wrong: what a version is worth is measured on films with a known answer.
      </p>
      <Problem error={error} />
      {data?.pairs.length === 0 && <p>Nothing has run in the shadow yet.</p>}
      {data?.pairs.map((pair) => (
        <ShadowPair key={`${versionName(pair.stored)} ${versionName(pair.shadow)}`} pair={pair} />
      ))}
    </section>
  );
}

function ShadowPair({ pair }: { readonly pair: Pair }) {
  const { stored, shadow, compared, faults, coloured, agreement, since } = pair;
  const faulty = Object.entries(faults).map(([code, times]) => `${count(times)} ${code}`);
  const facts: readonly Fact[] = [
    ['Compared', `${count(compared)} images${since ? ` since ${shortTime(since)}` : ''}`],
    ['Failed', faulty.join(', ') || undefined],
    [
      'Agree whether there is colour',
      agreement === undefined ? undefined : `${(100 * agreement).toFixed(1)} %`,
    ],
    [
      'Colour by',
      `both ${coloured.both}, stored only ${coloured.storedOnly}, shadow only ${coloured.shadowOnly}, neither ${coloured.neither}`,
    ],
    ['Overlap of coloured areas (Dice)', inWords(pair.dice, 2)],
    ['Mean |ΔC*|', inWords(pair.deltaChroma, 2)],
    ['Change of the score', inWords(pair.probabilityChange, 3)],
    ['Inference', pair.inferMs && duration(pair.inferMs.median)],
  ];
  return (
    <article class="shadow-pair">
      <h3>
        {versionName(shadow)} in the shadow of {versionName(stored)}
      </h3>
      <KnownFacts facts={facts} />
      <Overlap tenths={pair.diceTenths} />
      <ShadowImages pair={pair} />
    </article>
  );
}

function inWords(spread: Spread | undefined, digits: number): string | undefined {
  if (!spread) return undefined;
  const [median, low, high] = [spread.median, spread.quartile1, spread.quartile3].map((value) =>
    value.toFixed(digits),
  );
  return `median ${median ?? ''}, half of them ${low ?? ''} to ${high ?? ''}`;
}

/** How many coloured images overlap how far. */
function Overlap({ tenths }: { readonly tenths: readonly number[] }) {
  const most = Math.max(1, ...tenths);
  const label = tenths
    .map((images, tenth) => `${tenth / 10} to ${(tenth + 1) / 10}: ${images}`)
    .join(', ');
  return (
    <figure class="overlap">
      <svg viewBox="0 0 100 40" role="img" aria-label={`Images by overlap. ${label}`}>
        {tenths.map((images, tenth) => (
          <rect
            key={tenth}
            x={10 * tenth + 1}
            width="8"
            y={40 - (38 * images) / most}
            height={(38 * images) / most}
          />
        ))}
      </svg>
      <figcaption>Overlap from 0 to 1, of images that either colours</figcaption>
    </figure>
  );
}

const shownImages = 20;

function ShadowImages({ pair }: { readonly pair: Pair }) {
  const query = {
    stored: versionName(pair.stored),
    shadow: versionName(pair.shadow),
    limit: shownImages,
  };
  const { data, error } = useLive(
    () => get<{ readonly images: readonly Wire<ShadowRowJson>[] }>('/api/shadows/images', query),
    [query.stored, query.shadow],
  );
  return (
    <details>
      <summary>Latest images</summary>
      <Problem error={error} />
      <div class="scroll" tabIndex={0} role="group" aria-label="Latest images in the shadow">
        <table>
          <thead>
            <tr>
              {['Image', 'Overlap', 'Mean |ΔC*|', 'Coloured: stored, shadow', 'Time'].map(
                (word) => (
                  <th key={word} scope="col">
                    {word}
                  </th>
                ),
              )}
            </tr>
          </thead>
          <tbody>
            {data?.images.map(({ image, at, figures, code, inferMs }) => (
              <tr key={image}>
                <td>
                  <Link href={`/compare/${image}`} title={longTime(at)}>
                    {shortTime(at)}
                  </Link>
                </td>
                <td>{figures ? figures.dice.toFixed(2) : code}</td>
                <td>{figures?.deltaChroma.toFixed(2)}</td>
                <td>
                  {figures &&
                    `${percent(figures.stored.colouredShare)}, ${percent(figures.shadow.colouredShare)}`}
                </td>
                <td>{duration(inferMs)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
