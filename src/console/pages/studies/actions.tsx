import { useState } from 'preact/hooks';
import { announce } from '../../shell/announce.js';
import { asApiError, send, type ApiError } from '../../shell/api.js';
import { useKeys } from '../../shell/keys.js';
import { Problem } from '../../shell/problem.js';
import { useStatus } from '../../shell/status.js';
import { Confirm } from '../../shell/confirm.js';
import type { Image } from './words.js';

/** One image is far below what strains an archive. */
const perSecond = 10;

interface Props {
  readonly image: Image;
  /** After something was asked for. */
  readonly onDone: () => void;
}

/** What an operator may have done with this image. */
export function Actions({ image, onDone }: Props) {
  const [asking, setAsking] = useState<'withdraw' | 'reprocess'>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError>();

  const perform = async (said: string, path: string, body: object) => {
    setBusy(true);
    setError(undefined);
    try {
      await send('POST', path, body);
      announce(said);
    } catch (thrown) {
      const refused = asApiError(thrown);
      setError(refused);
      announce(`${refused.message} ${refused.next}`);
    }
    setBusy(false);
    setAsking(undefined);
    onDone();
  };
  const mayRetry = image.state === 'failed' || image.state === 'skipped';
  const retry = () => {
    if (!mayRetry || busy) return;
    void perform('It is tried again', `/api/images/${encodeURIComponent(image.id)}/retry`, {});
  };
  useKeys([{ keys: ['r'], shown: 'R', does: 'Try again, or decide again', act: retry }]);

  return (
    <div class="actions">
      {mayRetry && (
        <button
          type="button"
          id="retry"
          class={image.state === 'failed' ? 'wa-brand' : 'wa-outlined'}
          disabled={busy}
          onClick={retry}
        >
          {image.state === 'failed' ? 'Try again' : 'Decide again'}
          <kbd>R</kbd>
        </button>
      )}
      {image.source && image.state !== 'pending' && (
        <button type="button" class="wa-outlined" onClick={() => setAsking('reprocess')}>
          Colour with another model…
        </button>
      )}
      {image.state === 'stored' && image.model !== undefined && (
        <button type="button" class="wa-outlined" onClick={() => setAsking('withdraw')}>
          Withdraw the colour…
        </button>
      )}
      <Problem error={error} />
      <Confirm
        open={asking === 'withdraw'}
        title="Withdraw this colour image?"
        does="Withdraw"
        busy={busy}
        onCancel={() => setAsking(undefined)}
        onConfirm={() =>
          perform('The colour is withdrawn', '/api/withdraw', {
            model: image.model,
            version: image.modelVersion,
            image: image.id,
            perSecond,
          })
        }
      >
        <p>
          The colour image that {image.model} {image.modelVersion} made of this radiograph is
          deleted from the archive. The original stays. The rules do not bring it back; somebody who
          asks for it does.
        </p>
      </Confirm>
      <Reprocess
        image={image}
        open={asking === 'reprocess'}
        busy={busy}
        onCancel={() => setAsking(undefined)}
        onConfirm={(model) =>
          perform('It is queued', '/api/trigger', {
            level: 'instance',
            orthancId: image.orthancId,
            model,
          })
        }
      />
    </div>
  );
}

interface ReprocessProps {
  readonly image: Image;
  readonly open: boolean;
  readonly busy: boolean;
  readonly onCancel: () => void;
  readonly onConfirm: (model: string) => void;
}

function Reprocess({ image, open, busy, onCancel, onConfirm }: ReprocessProps) {
  const { data } = useStatus();
  const names = [...new Set((data?.models ?? []).map(({ name }) => name))];
  const first = names.find((name) => name !== image.model) ?? names[0] ?? '';
  const [chosen, setChosen] = useState<string>();
  const model = chosen ?? first;
  return (
    <Confirm
      open={open}
      title="Colour this radiograph with another model?"
      does="Colour it"
      busy={busy}
      onCancel={onCancel}
      onConfirm={() => onConfirm(model)}
    >
      <p>
        Another colour series is stored in the same study, whatever the rules say. What stands there
        already stays.
      </p>
      <label for="other-model">Model</label>
      <select
        id="other-model"
        value={model}
        onChange={(event) => setChosen(event.currentTarget.value)}
      >
        {names.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </Confirm>
  );
}
