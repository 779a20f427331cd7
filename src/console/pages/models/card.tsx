import { useState } from 'preact/hooks';
import type { ModelJson } from '../../../http/api.js';
import { get } from '../../shell/api.js';
import { type Fact, KnownFacts } from '../../shell/known-facts.js';
import { useLive } from '../../shell/live.js';
import { Problem } from '../../shell/problem.js';
import { Figures } from './figures.js';
import { Markdown } from './markdown.js';

export type Change =
  | { readonly kind: 'activate' | 'deactivate'; readonly model: ModelJson }
  /** `shadow` undefined ends what runs there. */
  | { readonly kind: 'shadow'; readonly beside: string; readonly shadow: ModelJson | undefined };

interface CardProps {
  readonly model: ModelJson;
  readonly all: readonly ModelJson[];
  /** Whether whoever looks is an administrator. */
  readonly mayChange: boolean;
  readonly onChange: (change: Change) => void;
}

const stateWords = {
  active: 'active: rules that name no version take it',
  available: 'available: rules may name it',
  deactivated: 'deactivated: no rule takes it',
  removed: 'removed: weights deleted, card kept',
} as const;

const referenceOf = ({ name, version }: ModelJson) => `${name}@${version}`;

/** One version: what it means, under which terms, who uses it, and what can be done with it. */
export function ModelCard({ model, all, mayChange, onChange }: CardProps) {
  const [isOpen, setOpen] = useState(false);
  const reference = referenceOf(model);
  const id = `model-${model.name}-${model.version.replaceAll('.', '-')}`;
  const facts: readonly Fact[] = [
    ['State', stateWords[model.state]],
    ['Rules', model.rules.join(', ') || 'none takes it'],
    ['Rules with it in the shadow', model.shadowRules.join(', ') || undefined],
    ['In the shadow of', model.shadowOf.join(', ') || undefined],
    ['Licence', model.licence],
    ['Weights, SHA-256', model.sha256],
    [
      'Installed',
      model.installedAt && `${model.installedAt.slice(0, 10)} from ${model.source ?? ''}`,
    ],
  ];
  return (
    <article class="model-card" aria-labelledby={id} data-state={model.state}>
      <header>
        <h3 id={id}>
          {model.title} <code>{reference}</code>
        </h3>
        {model.default && <span class="badge">default</span>}
        {model.photographic && <span class="badge">colour is invented</span>}
      </header>
      <p>{model.meaning}</p>
      <KnownFacts facts={facts} />
      {mayChange && <Acts {...{ model, all, onChange }} />}
      <details
        onToggle={(event) => {
          setOpen(event.currentTarget.open);
        }}
      >
        <summary>Figures and card of {reference}</summary>
        {isOpen && <Details model={model} />}
      </details>
    </article>
  );
}

function Acts({ model, all, onChange }: Omit<CardProps, 'mayChange'>) {
  const usable = model.state === 'active' || model.state === 'available';
  const names = [...new Set(all.map(({ name }) => name))];
  const [beside, setBeside] = useState(() => all.find((each) => each.default)?.name ?? '');
  if (model.state === 'removed') return null;
  const reference = referenceOf(model);
  return (
    <div class="acts">
      {model.state !== 'active' && (
        <wa-button
          size="small"
          onClick={() => {
            onChange({ kind: 'activate', model });
          }}
        >
          Activate {reference}
        </wa-button>
      )}
      {usable && (
        <wa-button
          size="small"
          appearance="outlined"
          onClick={() => {
            onChange({ kind: 'deactivate', model });
          }}
        >
          Deactivate {reference}
        </wa-button>
      )}
      {usable && (
        <span class="shadow-act">
          <label>
            Beside
            <select
              value={beside}
              onChange={(event) => {
                setBeside(event.currentTarget.value);
              }}
            >
              {names.map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          <wa-button
            size="small"
            appearance="outlined"
            onClick={() => {
              const runs = model.shadowOf.includes(beside);
              onChange({ kind: 'shadow', beside, shadow: runs ? undefined : model });
            }}
          >
            {model.shadowOf.includes(beside) ? 'End its shadow' : 'Run in the shadow'}
          </wa-button>
        </span>
      )}
    </div>
  );
}

interface Told {
  readonly card: string;
  readonly figures: unknown;
  readonly pictures: readonly string[];
}

function Details({ model }: { readonly model: ModelJson }) {
  const address = `/api/models/${model.name}/${model.version}`;
  const { data, error } = useLive(() => get<Told>(address), [address]);
  return (
    <>
      <Problem error={error} />
      {data && (
        <>
          <Figures figures={data.figures} name={referenceOf(model)} />
          <Markdown text={data.card} pictureOf={(name) => `${address}/pictures/${name}`} />
        </>
      )}
    </>
  );
}
