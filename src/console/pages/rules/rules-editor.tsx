import { EditorView, keymap } from '@codemirror/view';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { RulesVerdict } from '../../../http/api.js';
import { get, type ApiError } from '../../shell/api.js';
import { Problem } from '../../shell/problem.js';
import { useStatus } from '../../shell/status.js';
import { checking, offsetOf } from './checking.js';
import { completeRules, type Schema } from './completion.js';
import type { Draft } from './draft.js';
import { Editor, editing } from './editor.js';
import { insertTemplate, templates } from './templates.js';
import { Verdict } from './verdict.js';

/** The text, checked while it is typed, and what is done with it. */
export function RulesEditor({
  draft,
  text,
  mayChange,
  onReady,
}: {
  readonly draft: Draft;
  readonly text: string;
  /** Whether a save is offered; else the text may be edited for a rehearsal only. */
  readonly mayChange: boolean;
  readonly onReady: (view: EditorView) => void;
}) {
  const [verdict, setVerdict] = useState<RulesVerdict>();
  const [error, setError] = useState<ApiError>();
  const [isChecked, setChecked] = useState(false);
  const [template, setTemplate] = useState('');
  const view = useRef<EditorView>();
  const schema = useRef<Schema>();
  const status = useStatus();
  const latest = useRef({ draft, mayChange, models: [] as string[] });
  const isBroken = isChecked && verdict?.valid === false;
  const canSave =
    draft.isEdited && !draft.isOvertaken && !isBroken && draft.file?.unwritable === undefined;
  latest.current = {
    draft,
    mayChange,
    models: [...new Set(status.data?.models.map(({ name }) => name) ?? [])],
  };
  useEffect(() => {
    get<Schema>('/api/rules/schema').then(
      (found) => (schema.current = found),
      () => undefined,
    );
  }, []);
  const extensions = useMemo(
    () => [
      // Before the keys of the editor itself.
      keymap.of([
        {
          key: 'Mod-s',
          preventDefault: true,
          run: () => {
            if (latest.current.mayChange) void latest.current.draft.save();
            return true;
          },
        },
      ]),
      editing(
        completeRules(
          () => schema.current,
          () => latest.current.models,
        ),
      ),
      checking((found, fault) => {
        setVerdict(found);
        setError(fault);
        setChecked(true);
      }),
      EditorView.updateListener.of(({ docChanged }) => {
        if (!docChanged) return;
        setChecked(false);
        latest.current.draft.typed();
      }),
    ],
    [],
  );
  return (
    <>
      <div class="toolbar">
        <label>
          Insert a rule{' '}
          <select
            value={template}
            onChange={({ currentTarget }) => setTemplate(currentTarget.value)}
          >
            <option value="">choose what it does</option>
            {templates.map(({ id, does }) => (
              <option key={id} value={id}>
                {does}
              </option>
            ))}
          </select>
        </label>
        <button
          type="button"
          disabled={template === ''}
          onClick={() => {
            if (view.current) insertTemplate(view.current, template);
          }}
        >
          Insert
        </button>
      </div>
      <Editor
        label="Rules file"
        text={text}
        extensions={extensions}
        onReady={(made) => {
          view.current = made;
          onReady(made);
        }}
      />
      <p class="quiet">
        <kbd>Tab</kbd> indents; <kbd>Esc</kbd> and then <kbd>Tab</kbd> leaves the editor.{' '}
        <kbd>Ctrl Space</kbd> offers what may stand there.
      </p>
      <Problem error={error} />
      <Verdict
        verdict={verdict}
        isOld={!isChecked}
        onGo={(fault) => {
          if (!view.current) return;
          const anchor = offsetOf(fault, view.current.state.doc);
          view.current.dispatch({ selection: { anchor }, scrollIntoView: true });
          view.current.focus();
        }}
      />
      <form
        class="toolbar"
        onSubmit={(event) => {
          event.preventDefault();
          if (mayChange) void draft.save();
        }}
      >
        {mayChange && (
          <>
            <label class="grows">
              Why{' '}
              <input
                maxLength={200}
                placeholder="for those who come after you"
                value={draft.note}
                onInput={({ currentTarget }) => draft.setNote(currentTarget.value)}
              />
            </label>
            <button type="submit" disabled={!canSave}>
              Save and put into force
            </button>
          </>
        )}
        <button type="button" disabled={!draft.isEdited} onClick={draft.giveUp}>
          Discard
        </button>
      </form>
    </>
  );
}
