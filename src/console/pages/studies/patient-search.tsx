import { useEffect, useRef, useState } from 'preact/hooks';
import type { ImagePage, Wire } from '../../../http/api.js';
import { asApiError, send, type ApiError } from '../../shell/api.js';
import { count } from '../../shell/format.js';
import type { Filter } from './filter.js';
import type { ImageList } from './image-list.js';

/** What is known of a patient or a visit; never in an address, since addresses are kept and passed on. */
export type Terms = Readonly<Partial<Record<TermKey, string>>>;
type TermKey = 'patientId' | 'patientName' | 'accessionNumber' | 'studyDateFrom' | 'studyDateTo';

const fields: readonly (readonly [key: TermKey, word: string, type: string])[] = [
  ['patientId', 'Patient id', 'text'],
  ['patientName', 'Patient name', 'text'],
  ['accessionNumber', 'Accession number', 'text'],
  ['studyDateFrom', 'Study date from', 'date'],
  ['studyDateTo', 'Study date until', 'date'],
];

const pageSize = 60;

type Found = Wire<ImagePage> & { readonly studies: number; readonly truncated: boolean };

export interface FoundList extends ImageList {
  readonly studies: number;
  readonly truncated: boolean;
}

/** Images of a patient or a visit. Asked once, not after every change: each search is written into the audit. */
export function useFound(terms: Terms | undefined, { state, model }: Filter): FoundList {
  const [found, setFound] = useState<Found>();
  const [error, setError] = useState<ApiError>();
  const turn = useRef(0);
  const filters = { ...(state && { state }), ...(model !== undefined && { model }) };

  const ask = async (before?: string) => {
    if (!terms) return;
    const asked = ++turn.current;
    setError(undefined);
    try {
      const body = {
        ...terms,
        ...filters,
        ...(before !== undefined && { before }),
        limit: pageSize,
      };
      const page = await send<Found>('POST', '/api/images/search', body);
      if (asked !== turn.current) return;
      const known = before === undefined ? [] : (found?.images ?? []);
      setFound({ ...page, images: [...known, ...page.images] });
    } catch (thrown) {
      if (asked === turn.current) setError(asApiError(thrown));
    }
  };
  useEffect(() => {
    setFound(undefined);
    void ask();
  }, [terms, state, model]);

  return {
    images: found?.images ?? [],
    next: found?.next,
    isKnown: found !== undefined,
    studies: found?.studies ?? 0,
    truncated: found?.truncated ?? false,
    error,
    reload: () => ask(),
    showOlder: () => (found?.next === undefined ? Promise.resolve() : ask(found.next)),
  };
}

interface Props {
  readonly terms: Terms | undefined;
  readonly found: FoundList;
  readonly search: (terms: Terms | undefined) => void;
}

/** By patient, accession number or study date: the archive is asked, and nothing of it is kept. */
export function PatientSearch({ terms, found, search }: Props) {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement);
    const entries = fields.flatMap(([key]) => {
      const value = given.get(key);
      return typeof value === 'string' && value.trim() !== '' ? [[key, value.trim()]] : [];
    });
    search(entries.length === 0 ? undefined : (Object.fromEntries(entries) as Terms));
  };
  return (
    <details class="patient-search">
      <summary>By patient, accession number or study date</summary>
      <form onSubmit={submit} autocomplete="off">
        {fields.map(([key, word, type]) => (
          <label key={key}>
            {word}
            <input name={key} type={type} maxLength={64} spellcheck={false} />
          </label>
        ))}
        <p class="buttons">
          <button type="submit" class="wa-brand">
            Search the archive
          </button>
          {terms && (
            <button type="reset" class="wa-outlined" onClick={() => search(undefined)}>
              Show all images again
            </button>
          )}
        </p>
      </form>
      {terms && found.isKnown && (
        <p role="status">
          {count(found.studies)} {found.studies === 1 ? 'study' : 'studies'} in the archive
          {found.truncated && ': there are more, say more of it'}
        </p>
      )}
    </details>
  );
}
