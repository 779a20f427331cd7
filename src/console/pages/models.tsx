import { useState } from 'preact/hooks';
import type { Role } from '../../domain/principal.js';
import type { ModelJson } from '../../http/api.js';
import { announce } from '../shell/announce.js';
import { type ApiError, asApiError, get, send } from '../shell/api.js';
import { useLive } from '../shell/live.js';
import { Problem } from '../shell/problem.js';
import { useTitle } from '../shell/title.js';
import { type Change, ModelCard } from './models/card.js';
import './models/models.css';
import { Shadows } from './models/shadows.js';

interface Known {
  readonly models: readonly ModelJson[];
}

interface Session {
  readonly principal?: { readonly role: Role };
}

/** Loading a network and asking its golden picture takes a while. */
const longestChangeMs = 180_000;

export default function Models() {
  useTitle('Models');
  const known = useLive(() => get<Known>('/api/models'), []);
  const session = useLive(() => get<Session>('/api/session'), []);
  const mayChange = session.data?.principal?.role === 'admin';
  const [asked, setAsked] = useState<Change>();
  const [error, setError] = useState<ApiError>();
  const [isBusy, setBusy] = useState(false);
  const all = known.data?.models ?? [];

  const carryOut = async (change: Change) => {
    setBusy(true);
    setError(undefined);
    try {
      await carry(change);
      announce(`Done: ${inWords(change).title}`);
    } catch (thrown) {
      setError(asApiError(thrown));
    }
    // Before the models are asked for anew: somebody may ask for the next change meanwhile.
    setBusy(false);
    setAsked(undefined);
    await known.reload();
  };

  return (
    <div class="models">
      <h1>Models</h1>
      <p class="quiet">
        What colours pictures, what was measured of it, and under which terms. New versions are
        installed by <code>colouriser models install</code>.
      </p>
      {session.data && !mayChange && <p class="quiet">Administrators change what is active.</p>}
      <Problem error={error ?? known.error} />
      <h2>Versions</h2>
      <div class="model-cards">
        {all.map((model) => (
          <ModelCard
            key={`${model.name}@${model.version}`}
            {...{ model, all, mayChange }}
            onChange={setAsked}
          />
        ))}
      </div>
      <Shadows />
      <Confirmation
        change={asked}
        isBusy={isBusy}
        onCancel={() => {
          setAsked(undefined);
        }}
        onConfirm={(change) => void carryOut(change)}
      />
    </div>
  );
}

function carry(change: Change): Promise<unknown> {
  const signal = AbortSignal.timeout(longestChangeMs);
  if (change.kind === 'shadow') {
    const { beside, shadow } = change;
    const body = { shadow: shadow ? `${shadow.name}@${shadow.version}` : null };
    return send('PUT', `/api/models/${beside}/shadow`, body, signal);
  }
  const { name, version } = change.model;
  return send('POST', `/api/models/${name}/${version}/${change.kind}`, {}, signal);
}

interface Words {
  readonly title: string;
  readonly what: string;
}

function inWords(change: Change): Words {
  if (change.kind === 'shadow') {
    const { beside, shadow } = change;
    return shadow
      ? {
          title: `Run ${shadow.name}@${shadow.version} in the shadow of ${beside}`,
          what: `It sees the pictures that ${beside} colours, in quiet moments, and stores nothing.`,
        }
      : { title: `End the shadow of ${beside}`, what: 'What it came to so far stays.' };
  }
  const { name, version } = change.model;
  const reference = `${name}@${version}`;
  return change.kind === 'activate'
    ? {
        title: `Activate ${reference}`,
        what: `Once it has answered its golden picture, rules that name ${name} without a version take it. What is stored stays as it is.`,
      }
    : {
        title: `Deactivate ${reference}`,
        what: `No rule takes it any more: images whose rule names this version fail. What is stored stays as it is.`,
      };
}

interface ConfirmationProps {
  readonly change: Change | undefined;
  readonly isBusy: boolean;
  readonly onCancel: () => void;
  readonly onConfirm: (change: Change) => void;
}

/** Says what will happen before it does. */
function Confirmation({ change, isBusy, onCancel, onConfirm }: ConfirmationProps) {
  const words = change && inWords(change);
  return (
    <wa-dialog
      label={words?.title ?? 'Change'}
      open={change !== undefined}
      onwa-hide={(event: Event) => {
        if (event.target === event.currentTarget) onCancel();
      }}
    >
      <p>{words?.what}</p>
      <wa-button slot="footer" appearance="outlined" onClick={onCancel}>
        Leave it
      </wa-button>
      <wa-button
        slot="footer"
        variant="brand"
        loading={isBusy}
        disabled={isBusy}
        onClick={() => {
          if (change) onConfirm(change);
        }}
      >
        Do it
      </wa-button>
    </wa-dialog>
  );
}
