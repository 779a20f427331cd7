import { duration, longTime, shortTime } from '../../shell/format.js';
import { took, type Image } from './words.js';

/** In the order of the pipeline; others follow as they come. */
const stageOrder = [
  'fetch',
  'decode',
  'window',
  'infer',
  'recognise',
  'fuse',
  'compress',
  'encode',
  'store',
  'verify',
];

interface Step {
  readonly name: string;
  readonly ms: number;
}

/** From the event to the series: what waited, what was done, and how long each took. */
export function Timeline({ image }: { readonly image: Image }) {
  const stages = stagesOf(image);
  const work = stages.reduce((sum, { ms }) => sum + ms, 0);
  const { arrivedAt, notBefore, settledAt } = image;
  const end = settledAt === undefined ? undefined : Date.parse(settledAt);
  const begun = Math.max(
    Date.parse(arrivedAt),
    notBefore === undefined ? 0 : Date.parse(notBefore),
  );
  const waited = end === undefined ? undefined : Math.max(0, end - begun - work);
  return (
    <section class="timeline">
      <h3>From event to series</h3>
      {work > 0 && (
        <>
          <p class="total">
            <strong>{duration(work)}</strong> of work
            {settledAt !== undefined && `, ${took(image)} from arrival to the end`}
          </p>
          <div class="timing-bar" aria-hidden="true">
            {stages.map(({ name, ms }, index) => (
              <i
                key={name}
                class={`shade-${index % 4}`}
                title={`${name} ${duration(ms)}`}
                ref={(part) => part?.style.setProperty('flex-grow', String(ms))}
              />
            ))}
          </div>
        </>
      )}
      <ol class="moments">
        <Moment name="arrived in the archive" at={arrivedAt} />
        {notBefore !== undefined && <Moment name="its rule has it wait until" at={notBefore} />}
        {waited !== undefined && work > 0 && (
          <li class="span">
            <span>waits, is decided, and is handed out</span>
            <span class="number">{duration(waited)}</span>
          </li>
        )}
        {stages.map(({ name, ms }, index) => (
          <li key={name} class="span">
            <i class={`shade-${index % 4}`} aria-hidden="true" />
            <span>{name}</span>
            <span class="number">{duration(ms)}</span>
          </li>
        ))}
        {settledAt !== undefined && <Moment name={endWords[image.state]} at={settledAt} />}
      </ol>
      {image.attempts > 1 && (
        <p class="quiet">Of {image.attempts} attempts these are the times of the last.</p>
      )}
    </section>
  );
}

const endWords = {
  pending: 'settled',
  stored: 'its colour series is in the archive',
  skipped: 'skipped',
  failed: 'failed',
} as const;

function Moment({ name, at }: { readonly name: string; readonly at: string }) {
  return (
    <li>
      <span>{name}</span>
      <time class="number" dateTime={at} title={longTime(at)}>
        {shortTime(at)}
      </time>
    </li>
  );
}

/** `total` is no stage: it is what they come to. */
function stagesOf({ timingsMs }: Image): readonly Step[] {
  return Object.entries(timingsMs)
    .filter(([name]) => name !== 'total')
    .map(([name, ms]) => ({ name, ms }))
    .sort((one, other) => place(one.name) - place(other.name));
}

function place(stage: string): number {
  const found = stageOrder.indexOf(stage);
  return found < 0 ? stageOrder.length : found;
}
