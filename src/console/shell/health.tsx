import { useRef } from 'preact/hooks';
import { useConnection } from './live.js';
import { shortTime } from './format.js';
import { useStatus, type Status } from './status.js';

/** Whether the page hears of changes at once. */
export function Connection() {
  const live = useConnection();
  return (
    <span class="connection" role="status" data-live={live}>
      {live ? 'Live' : 'Polling'}
    </span>
  );
}

/** What is wrong, on every page; nothing where all is well. What was shown last stays, and says since when. */
export function Notice() {
  const { data, error } = useStatus();
  const answered = useRef(new Date());
  if (!error) answered.current = new Date();
  const faults = error ? [faultOf(error, answered.current)] : data ? faultsOf(data) : [];
  return (
    <div role="alert" class="notice" hidden={faults.length === 0}>
      {faults.map(([what, more]) => (
        <p key={what}>
          <strong>{what}</strong> {more}
        </p>
      ))}
    </div>
  );
}

type Fault = readonly [what: string, more: string];

function faultOf(
  error: { readonly code: string; readonly message: string; readonly next: string },
  answered: Date,
): Fault {
  if (error.code !== 'UNREACHABLE') return [error.message, error.next];
  const since = shortTime(answered.toISOString());
  return [
    'The service does not answer.',
    `What you see is from ${since}. The page tries again by itself.`,
  ];
}

function faultsOf({ state, reasons, orthanc, rules }: Status): readonly Fault[] {
  const faults: Fault[] = [];
  if (!orthanc.reachable) {
    const more = `Nothing is lost: what arrives there is picked up as soon as ${orthanc.url} is back.`;
    faults.push(['Orthanc does not answer.', more]);
  }
  if (rules.fault !== undefined) {
    const more = `Version ${rules.version} stays in force. ${rules.fault}`;
    faults.push(['The rules file does not validate.', more]);
  }
  const said = reasons.filter((reason) => reason !== rules.fault);
  if (state !== 'ready' && said.length > 0 && orthanc.reachable) {
    const word = state === 'starting' ? 'The service is starting.' : 'The service is degraded.';
    faults.push([word, said.join(' ')]);
  }
  return faults;
}
