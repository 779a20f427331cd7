import { useEffect, useRef, useState } from 'preact/hooks';
import type { RehearsalProgress } from '../../../http/api.js';
import { announce } from '../../shell/announce.js';
import { asApiError, type ApiError } from '../../shell/api.js';
import { DecisionTree } from '../../shell/decision-tree.js';
import { count } from '../../shell/format.js';
import { Problem } from '../../shell/problem.js';
import { Outlook } from './outlook.js';
import { rehearse, type Explained, type Report } from './rehearse.js';

/** What the text in the editor would have made of the archive's last days. Nothing is stored. */
export function RehearsalPanel({ text }: { readonly text: () => string }) {
  const [days, setDays] = useState(30);
  const [progress, setProgress] = useState<RehearsalProgress>();
  const [error, setError] = useState<ApiError>();
  /** The text that the report is about, so that an explanation is of the same. */
  const [done, setDone] = useState<{ readonly report: Report; readonly rules: string }>();
  const [why, setWhy] = useState<{ readonly uid: string; readonly of?: readonly Explained[] }>();
  const running = useRef<AbortController>();
  useEffect(() => () => running.current?.abort(), []);

  const run = async (rules: string, explain?: string) => {
    running.current?.abort();
    const own = new AbortController();
    running.current = own;
    setError(undefined);
    setProgress({ looked: 0, of: 0, images: 0 });
    try {
      const asked = { rules, days, ...(explain === undefined ? {} : { explain }) };
      const { report, explained } = await rehearse(asked, own.signal, setProgress);
      if (explain === undefined) {
        setDone({ report, rules });
        setWhy(undefined);
        announce(`Rehearsed: ${report.changes.newlyTaken.images} images newly taken.`);
      } else setWhy({ uid: explain, of: explained });
    } catch (thrown) {
      if (!own.signal.aborted) setError(asApiError(thrown));
    } finally {
      if (running.current === own) {
        running.current = undefined;
        setProgress(undefined);
      }
    }
  };
  const stop = () => {
    running.current?.abort();
    running.current = undefined;
    setProgress(undefined);
    announce('The rehearsal was stopped.');
  };
  const explain = (uid: string) => {
    if (!done) return;
    setWhy({ uid });
    void run(done.rules, uid);
  };

  return (
    <section class="rehearsal" aria-label="Rehearsal">
      <p class="quiet">
        Decides the archive’s last days by the text in the editor, beside the rules in force.
        Nothing is stored.
      </p>
      <form
        class="toolbar"
        onSubmit={(event) => {
          event.preventDefault();
          void run(text());
        }}
      >
        <label>
          Days{' '}
          <input
            type="number"
            min="1"
            max="366"
            required
            value={days}
            onInput={({ currentTarget }) => setDays(currentTarget.valueAsNumber)}
          />
        </label>
        {/* Two buttons, not one that changes: the click that stops must not submit. */}
        {progress ? (
          <button key="stop" type="button" onClick={stop}>
            Stop
          </button>
        ) : (
          <button key="start" type="submit">
            Rehearse
          </button>
        )}
      </form>
      {progress && <Progress {...progress} />}
      <Problem error={error} />
      {why && <Why uid={why.uid} of={why.of} onClose={() => setWhy(undefined)} />}
      {done && <Outlook report={done.report} onExplain={explain} />}
    </section>
  );
}

function Progress({ looked, of, images }: RehearsalProgress) {
  return (
    <p class="progress">
      <progress aria-label="Studies that were looked at" max={Math.max(of, 1)} value={looked} />
      <span>
        {count(looked)} of {count(of)} studies, {count(images)} images decided
      </span>
    </p>
  );
}

function Why({
  uid,
  of,
  onClose,
}: {
  readonly uid: string;
  readonly of: readonly Explained[] | undefined;
  readonly onClose: () => void;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus();
  }, [uid, of]);
  return (
    <section class="why" aria-label="Why">
      <h2 tabIndex={-1} ref={heading}>
        Why <code>{uid}</code>
      </h2>
      <button type="button" onClick={onClose}>
        Close
      </button>
      {of?.length === 0 && <p>No image of this time has that UID.</p>}
      {of?.map(({ SOPInstanceUID, edited, live }) => (
        <article key={SOPInstanceUID}>
          <h3>
            By the text in the editor: <em>{edited.reason}</em>
          </h3>
          <DecisionTree explanation={edited.explanation} />
          <h3>
            By the rules in force: <em>{live.reason}</em>
          </h3>
          <DecisionTree explanation={live.explanation} />
        </article>
      ))}
    </section>
  );
}
