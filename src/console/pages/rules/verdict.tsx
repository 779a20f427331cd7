import type { RulesVerdict } from '../../../http/api.js';

/** What the service says of the text, each fault a way to its place. */
export function Verdict({
  verdict,
  isOld,
  onGo,
}: {
  readonly verdict: RulesVerdict | undefined;
  /** Something was typed since: the faults stay, so that nothing jumps, but the sentence claims nothing. */
  readonly isOld: boolean;
  readonly onGo: (fault: RulesVerdict['faults'][number]) => void;
}) {
  const faults = verdict?.faults ?? [];
  const all = faults.length + (verdict?.unlisted ?? 0);
  return (
    <>
      <p
        role="status"
        class="verdict"
        aria-busy={isOld}
        data-valid={isOld ? undefined : verdict?.valid}
      >
        {isOld || !verdict
          ? 'Not checked yet'
          : verdict.valid
            ? `No fault: ${verdict.rules.length} rules`
            : `${all} ${all === 1 ? 'fault' : 'faults'}`}
      </p>
      {faults.length > 0 && (
        <ol class="faults" aria-label="Faults">
          {faults.slice(0, 20).map((fault) => (
            <li key={`${fault.line ?? 0}:${fault.column ?? 0} ${fault.key} ${fault.expected}`}>
              <button type="button" class="link" onClick={() => onGo(fault)}>
                {fault.line === undefined ? 'Whole text' : `Line ${fault.line}`}
              </button>{' '}
              <code>{fault.key}</code>
              {fault.value !== undefined && <code>: {fault.value}</code>} expected {fault.expected}
            </li>
          ))}
          {all > 20 && <li class="quiet">and {all - 20} more</li>}
        </ol>
      )}
    </>
  );
}
