import { useEffect, useState } from 'preact/hooks';
import { announce } from '../../shell/announce.js';
import { get } from '../../shell/api.js';
import { count } from '../../shell/format.js';
import { Icon } from '../../shell/icon.js';
import { useLive } from '../../shell/live.js';
import { useStatus } from '../../shell/status.js';
import { isUidStart, type Filter } from './filter.js';
import type { State } from './words.js';

interface Props {
  readonly filter: Filter;
  readonly change: (change: { [Key in keyof Filter]: Filter[Key] | undefined }) => void;
}

const buttons: readonly { readonly state?: State; readonly word: string; readonly look: string }[] =
  [
    { word: 'Arrived', look: 'all' },
    { state: 'pending', word: 'Pending', look: 'pending' },
    { state: 'stored', word: 'Stored', look: 'stored' },
    { state: 'skipped', word: 'Skipped', look: 'skipped' },
    { state: 'failed', word: 'Failed', look: 'failed' },
  ];

/** The counts of the whole ledger, each a button that filters the list. */
export function StateFilter({ filter, change }: Props) {
  const { data } = useStatus();
  const numbers = numbersOf(data?.balance);
  return (
    <div class="counts" id="counts" role="group" aria-label="Filter by state">
      {buttons.map(({ state, word, look }) => {
        const value = numbers?.[state ?? 'all'];
        return (
          <button
            key={look}
            type="button"
            class={`${look}${value === 0 ? ' none' : ''}`}
            aria-pressed={state === filter.state}
            onClick={() => {
              const next = state === filter.state ? undefined : state;
              change({ state: next });
              announce(next === undefined ? 'All images' : `Only ${next} images`);
            }}
          >
            <span class="number">{value === undefined ? ' ' : count(value)}</span>{' '}
            <span class="word">
              {look !== 'all' && <Icon name={look} />}
              {word}
            </span>
          </button>
        );
      })}
    </div>
  );
}

type Balance = Readonly<Record<'undecided' | State, number>>;

function numbersOf(balance: Balance | undefined) {
  if (!balance) return undefined;
  const { undecided, pending, stored, skipped, failed } = balance;
  const all = undecided + pending + stored + skipped + failed;
  return { all, pending: undecided + pending, stored, skipped, failed };
}

const typingMs = 200;

/** By UID, model, rule and day. */
export function SearchForm({ filter, change }: Props) {
  const { data: status } = useStatus();
  const { data: names } = useLive(
    () => get<{ readonly rules: readonly string[] }>('/api/rule-names'),
    [],
  );
  const [uid, setUid] = useState(filter.uid ?? '');
  useEffect(() => setUid(filter.uid ?? ''), [filter.uid]);
  useEffect(() => {
    if (!isUidStart(uid) || uid === (filter.uid ?? '')) return;
    const timer = setTimeout(() => change({ uid }), typingMs);
    return () => {
      clearTimeout(timer);
    };
  }, [uid]);
  return (
    <form class="search" role="search" onSubmit={(event) => event.preventDefault()}>
      <label class="uid-field">
        <span class="unseen">Find by the start of a UID</span>
        <input
          id="uid"
          type="search"
          placeholder="Study, series or instance UID"
          autocomplete="off"
          spellcheck={false}
          inputMode="decimal"
          value={uid}
          aria-invalid={!isUidStart(uid)}
          onInput={(event) => setUid(event.currentTarget.value.trim())}
          onKeyDown={(event) => {
            if (event.key === 'Escape') event.currentTarget.blur();
          }}
        />
      </label>
      <Choice
        name="Model"
        all="All models"
        value={filter.model}
        values={[...new Set((status?.models ?? []).map(({ name }) => name))]}
        choose={(model) => change({ model })}
      />
      <Choice
        name="Rule"
        all="All rules"
        value={filter.rule}
        values={names?.rules ?? []}
        choose={(rule) => change({ rule })}
      />
      <Day name="Arrived from" value={filter.from} choose={(from) => change({ from })} />
      <Day name="Arrived until" value={filter.to} choose={(to) => change({ to })} />
    </form>
  );
}

interface ChoiceProps {
  readonly name: string;
  readonly all: string;
  readonly value: string | undefined;
  readonly values: readonly string[];
  readonly choose: (value: string) => void;
}

function Choice({ name, all, value = '', values, choose }: ChoiceProps) {
  const shown = value === '' || values.includes(value) ? values : [value, ...values];
  return (
    <label>
      <span class="unseen">{name}</span>
      <select value={value} onChange={(event) => choose(event.currentTarget.value)}>
        <option value="">{all}</option>
        {shown.map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
      </select>
    </label>
  );
}

interface DayProps {
  readonly name: string;
  readonly value: string | undefined;
  readonly choose: (value: string) => void;
}

function Day({ name, value = '', choose }: DayProps) {
  return (
    <label class="day">
      <span class="unseen">{name}</span>
      <input
        type="date"
        title={name}
        value={value}
        onChange={(event) => choose(event.currentTarget.value)}
      />
    </label>
  );
}
