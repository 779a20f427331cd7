import { useState } from 'preact/hooks';
import { announce } from '../../shell/announce.js';
import { asApiError, send, type ApiError } from '../../shell/api.js';
import { longTime } from '../../shell/format.js';
import { Problem } from '../../shell/problem.js';
import type { Image } from './words.js';

type Forward = NonNullable<Image['forwards']>[number];

interface Props {
  readonly image: Image;
  /** After something was asked for. */
  readonly onDone: () => void;
}

/** Other servers that the colour went on to, or is on its way to; nothing where no rule says so. */
export function Forwards({ image: { id, forwards = [] }, onDone }: Props) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError>();
  if (forwards.length === 0) return null;

  const retry = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await send('POST', '/api/forwards/retry', { imageId: id });
      announce('It is sent again');
    } catch (thrown) {
      setError(asApiError(thrown));
    }
    setBusy(false);
    onDone();
  };
  return (
    <section class="wide" id="forwards">
      <h3>Where its colour goes on to</h3>
      <dl class="pairs">
        {forwards.map((forward) => (
          <div key={forward.destination}>
            <dt>{forward.destination}</dt>
            <dd>{said(forward)}</dd>
          </div>
        ))}
      </dl>
      {forwards.some(({ state }) => state === 'failed') && (
        <button type="button" class="wa-outlined" disabled={busy} onClick={() => void retry()}>
          Send again
        </button>
      )}
      <Problem error={error} />
    </section>
  );
}

function said({ state, attempts, reason, since, settledAt }: Forward): string {
  const why = reason === undefined ? '' : `: ${reason}`;
  switch (state) {
    case 'sent':
      return `sent ${longTime(settledAt ?? since)}`;
    case 'pending':
      return attempts === 0 && reason === undefined ? 'waits' : `waits, attempts ${attempts}${why}`;
    case 'failed':
      return `given up${why}`;
    case 'dropped':
      return `not sent${why}`;
    default:
      return state satisfies never;
  }
}
