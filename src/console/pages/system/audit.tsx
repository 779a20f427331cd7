import { useState } from 'preact/hooks';
import type { AuditEntry } from '../../../domain/audit.js';
import type { Wire } from '../../../http/api.js';
import { type ApiError, asApiError, get } from '../../shell/api.js';
import { shortTime } from '../../shell/format.js';
import { useLive } from '../../shell/live.js';
import { Problem } from '../../shell/problem.js';

interface AuditPage {
  readonly entries: readonly Wire<AuditEntry>[];
  readonly next?: number;
}
interface Verdict {
  readonly whole: boolean;
  readonly lines: number;
  readonly seal?: string;
  readonly at?: number;
  readonly fault?: string;
}

const linesAtOnce = 25;

/** Who did what, newest first. */
export function Audit() {
  const [before, setBefore] = useState<readonly number[]>([]);
  const [outcome, setOutcome] = useState('');
  const [verdict, setVerdict] = useState<Verdict>();
  const [error, setError] = useState<ApiError>();
  const query = { limit: linesAtOnce, before: before.at(-1), outcome };
  const page = useLive(() => get<AuditPage>('/api/audit', query), [before, outcome]);
  const next = page.data?.next;
  const verify = async () => {
    setError(undefined);
    try {
      setVerdict(await get<Verdict>('/api/audit/verdict'));
    } catch (thrown) {
      setError(asApiError(thrown));
    }
  };
  return (
    <section aria-labelledby="audit">
      <h2 id="audit">Audit</h2>
      <Problem error={error ?? page.error} />
      <div class="row-form">
        <label class="field">
          How it ended
          <select
            value={outcome}
            onChange={(event) => {
              setOutcome(event.currentTarget.value);
              setBefore([]);
            }}
          >
            <option value="">all</option>
            <option value="done">done</option>
            <option value="refused">refused</option>
            <option value="failed">failed</option>
          </select>
        </label>
        <button type="button" class="plain" onClick={() => void verify()}>
          Verify
        </button>
        <a href="/api/audit/export" download>
          Export as JSON lines
        </a>
        <span role="status">{verdict && inWords(verdict)}</span>
      </div>
      <table class="rows">
        <caption class="unseen">Who did what, newest first</caption>
        <thead>
          <tr>
            {['Line', 'When', 'Who', 'From', 'What', 'On', 'How it ended'].map((word) => (
              <th key={word} scope="col">
                {word}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {page.data?.entries.map(({ seq, at, who, address, action, target, details, outcome }) => (
            <tr key={seq}>
              <td>{seq}</td>
              <td>{shortTime(at)}</td>
              <td>{who}</td>
              <td>{address}</td>
              <td>{action}</td>
              <td title={details ? JSON.stringify(details) : undefined}>{target}</td>
              <td>{outcome}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <div class="row-form">
        <button
          type="button"
          class="plain"
          disabled={before.length === 0}
          onClick={() => {
            setBefore(before.slice(0, -1));
          }}
        >
          Newer lines
        </button>
        <button
          type="button"
          class="plain"
          disabled={next === undefined}
          onClick={() => {
            if (next !== undefined) setBefore([...before, next]);
          }}
        >
          Older lines
        </button>
      </div>
    </section>
  );
}

function inWords({ whole, lines, at, fault, seal }: Verdict): string {
  if (!whole) return `Line ${at ?? 0} is not as it was written: ${fault ?? ''}.`;
  return `All ${lines} lines are as they were written. Last seal: ${seal ?? ''}`;
}
