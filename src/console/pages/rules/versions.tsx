import { useEffect, useState } from 'preact/hooks';
import type { RulesEdition, Wire } from '../../../http/api.js';
import { asApiError, get, type ApiError } from '../../shell/api.js';
import { longTime, shortTime } from '../../shell/format.js';
import { Problem } from '../../shell/problem.js';

export type Edition = Wire<RulesEdition>;

interface VersionsProps {
  /** Changes when something new came into force. */
  readonly latest: number | undefined;
  readonly canReturn: boolean;
  readonly onCompare: (edition: Edition & { readonly text: string }) => void;
  readonly onReturn: (edition: Edition) => void;
}

/** Every text that came into force. */
export function Versions({ latest, canReturn, onCompare, onReturn }: VersionsProps) {
  const [known, setKnown] = useState<readonly Edition[]>([]);
  const [next, setNext] = useState<number>();
  const [error, setError] = useState<ApiError>();
  const load = async (before?: number) => {
    try {
      const page = await get<{ versions: readonly Edition[]; next?: number }>(
        '/api/rules/versions',
        { before, limit: 20 },
      );
      setKnown((earlier) =>
        before === undefined ? page.versions : [...earlier, ...page.versions],
      );
      setNext(page.next);
      setError(undefined);
    } catch (thrown) {
      setError(asApiError(thrown));
    }
  };
  useEffect(() => void load(), [latest]);
  const compare = async (id: number) => {
    try {
      onCompare(await get<Edition & { readonly text: string }>(`/api/rules/versions/${id}`));
    } catch (thrown) {
      setError(asApiError(thrown));
    }
  };
  return (
    <section aria-label="Versions">
      <Problem error={error} />
      <ol class="versions">
        {known.map((edition, index) => (
          <li key={edition.id}>
            <div>
              <strong>{edition.id}</strong>{' '}
              <time dateTime={edition.inForceSince} title={longTime(edition.inForceSince)}>
                {shortTime(edition.inForceSince)}
              </time>{' '}
              {edition.by ?? 'edited in the file'}
              {index === 0 && edition.id === latest && <span class="in-force">in force</span>}
            </div>
            <div class="quiet">
              {edition.note !== undefined && <q>{edition.note}</q>} {edition.rules} rules, version{' '}
              <code>{edition.version}</code>
            </div>
            <div class="toolbar">
              <button type="button" onClick={() => void compare(edition.id)}>
                Differences <span class="unseen">between version {edition.id} and the editor</span>
              </button>
              {canReturn && edition.id !== latest && (
                <button type="button" onClick={() => onReturn(edition)}>
                  Return <span class="unseen">to version {edition.id}</span>
                </button>
              )}
            </div>
          </li>
        ))}
      </ol>
      {next !== undefined && (
        <button type="button" onClick={() => void load(next)}>
          Older
        </button>
      )}
    </section>
  );
}
