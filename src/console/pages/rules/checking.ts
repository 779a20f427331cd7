import { linter, type Diagnostic } from '@codemirror/lint';
import type { Extension, Text } from '@codemirror/state';
import type { RulesFault, RulesVerdict } from '../../../http/api.js';
import { asApiError, send, type ApiError } from '../../shell/api.js';

/** How long nobody types before the service is asked, ms. */
const pauseMs = 400;

/** Has the service check the text while it is typed; an answer to an older text is dropped. */
export function checking(
  onVerdict: (verdict: RulesVerdict | undefined, error: ApiError | undefined) => void,
): Extension {
  let asking = new AbortController();
  return linter(
    async (view) => {
      const { doc } = view.state;
      asking.abort();
      asking = new AbortController();
      const { signal } = asking;
      /** A newer text may still wait for its pause. */
      const isOld = () => signal.aborted || view.state.doc !== doc;
      const rules = doc.toString();
      if (rules === '') return [];
      try {
        const verdict = await send<RulesVerdict>('POST', '/api/rules/validate', { rules }, signal);
        if (isOld()) return [];
        onVerdict(verdict, undefined);
        return verdict.faults.map((fault) => diagnosticOf(fault, doc));
      } catch (thrown) {
        if (!isOld()) onVerdict(undefined, asApiError(thrown));
        return [];
      }
    },
    { delay: pauseMs },
  );
}

/** Where a fault begins in a text. */
export function offsetOf({ line = 1, column = 1 }: RulesFault, doc: Text): number {
  const found = doc.line(Math.min(Math.max(line, 1), doc.lines));
  return Math.min(found.from + column - 1, found.to);
}

/** From its place to the end of the word there. */
function diagnosticOf(fault: RulesFault, doc: Text): Diagnostic {
  const from = offsetOf(fault, doc);
  const rest = doc.sliceString(from, doc.lineAt(from).to);
  const length = Math.max(1, /^[^\s,:}\]]*/.exec(rest)?.[0].length ?? 1);
  const to = Math.min(from + length, doc.length);
  return { from, to, severity: 'error', message: `expected ${fault.expected}` };
}
