import { Icon } from '../../shell/icon.js';
import { longTime, shortTime } from '../../shell/format.js';
import type { Model } from '../../shell/status.js';
import { Actions } from './actions.js';
import { WhyDecided } from './explanation.js';
import { Identifiers, Provenance } from './facts.js';
import { ColourKey } from './legend.js';
import { Forwards } from './forwards.js';
import { Links } from './links.js';
import { PatientFacts } from './patient.js';
import { StateMark } from './state.js';
import { Timeline } from './timeline.js';
import { Viewer } from './viewer.js';
import { kindOfImage, whatHappened, type Image } from './words.js';

interface Props {
  readonly image: Image;
  readonly model: Model | undefined;
  readonly compareHref: string;
  readonly onClose: () => void;
  readonly onStep: (by: 1 | -1) => void;
  readonly onDone: () => void;
}

/** One image: its pictures, what became of it and why, and what may be done about it. */
export function Detail({ image, model, compareHref, onClose, onStep, onDone }: Props) {
  const description = image.summary['SeriesDescription'];
  return (
    <article class="detail" id="detail" data-id={image.id}>
      <header>
        <div>
          <h2>{kindOfImage(image)}</h2>
          <p>
            <StateMark state={image.state} />
            <time dateTime={image.arrivedAt} title={longTime(image.arrivedAt)}>
              {shortTime(image.arrivedAt)}
            </time>
            {description !== undefined && <span>{description}</span>}
          </p>
        </div>
        <Links image={image} />
        <div class="steps">
          <Step name="Newer image" icon="chevron-up" act={() => onStep(-1)} />
          <Step name="Older image" icon="chevron-down" act={() => onStep(1)} />
          <Step name="Close the image" icon="xmark" act={onClose} />
        </div>
      </header>
      <Viewer image={image} />
      <div class={`verdict ${image.state}`}>
        {image.output && <ColourKey model={model} look={image} />}
        <p class="reason">{whatHappened(image)}</p>
        {image.next !== undefined && <p class="next">{image.next}</p>}
        {image.state === 'pending' && image.attempts > 0 && (
          <p class="next">Attempt {image.attempts} did not succeed; it comes again.</p>
        )}
        <Actions image={image} onDone={onDone} />
        {image.output && <a href={compareHref}>Compare at full resolution</a>}
        {image.probability !== undefined && model?.kind !== 'ab' && (
          <Score probability={image.probability} />
        )}
      </div>
      <div class="facts">
        <Timeline image={image} />
        <Provenance image={image} />
        <Forwards image={image} onDone={onDone} />
        <WhyDecided imageId={image.id} />
        {image.source && <PatientFacts imageId={image.id} />}
        <Identifiers image={image} />
      </div>
    </article>
  );
}

function Step({
  name,
  icon,
  act,
}: {
  readonly name: string;
  readonly icon: string;
  readonly act: () => void;
}) {
  return (
    <button type="button" class="quiet-button" aria-label={name} title={name} onClick={act}>
      <Icon name={icon} />
    </button>
  );
}

/** A number never stands without what it does not say. `probability` is 0 to 1. */
function Score({ probability }: { readonly probability: number }) {
  return (
    <div class="score">
      <p>
        <strong>{probability.toFixed(2)}</strong>
        <span>opacity score of the network, 0 to 1</span>
      </p>
      <span
        class="meter"
        aria-hidden="true"
        ref={(meter) => meter?.style.setProperty('--share', `${(probability * 100).toFixed(1)}%`)}
      >
        <i />
      </span>
      <p class="caveat">
        An estimate from films like those it was trained on. Not a diagnosis: a low score does not
        mean normal, a high one does not name a disease.
      </p>
    </div>
  );
}
