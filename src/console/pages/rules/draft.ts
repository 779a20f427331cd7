import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { EditorView } from '@codemirror/view';
import type { RulesState, Wire } from '../../../http/api.js';
import { announce } from '../../shell/announce.js';
import { asApiError, get, send, type ApiError } from '../../shell/api.js';
import { useLive } from '../../shell/live.js';
import { oneAtATime } from '../../shell/one-at-a-time.js';
import { replaceText } from './editor.js';
import type { Edition } from './versions.js';

export type State = Wire<RulesState>;

/** A text and its hash: what an edit was made from. */
interface Base {
  readonly text: string;
  readonly textHash: string;
}

export interface Draft {
  /** The file as it stands now; undefined before the first answer. */
  readonly file: State | undefined;
  readonly base: Base | undefined;
  readonly isEdited: boolean;
  /** Somebody changed the file after this edit was begun. */
  readonly isOvertaken: boolean;
  readonly error: ApiError | undefined;
  /** Why the edit is made, as far as it is written. */
  readonly note: string;
  readonly setNote: (note: string) => void;
  readonly text: () => string;
  readonly ready: (view: EditorView) => void;
  readonly typed: () => void;
  /**
   * Saves what the editor holds, after any save that is under way. It never asks what the page knows of the text: that
   * may be old. The service judges, and its refusal is shown.
   */
  readonly save: () => Promise<void>;
  readonly returnTo: (edition: Edition) => Promise<void>;
  /** Takes what the file holds now, and gives the edit up. */
  readonly giveUp: () => void;
  /** Keeps the edit, as one of the text that the file holds now. */
  readonly goOn: () => void;
}

/** The text in the editor, beside a file that others may change. */
export function useDraft(): Draft {
  const live = useLive(() => get<State>('/api/rules'), []);
  const file = live.data;
  const [base, setBase] = useState<Base>();
  const [isEdited, setEdited] = useState(false);
  const [error, setError] = useState<ApiError>();
  const [isSaving, setSaving] = useState(false);
  const [note, setNote] = useState('');
  const view = useRef<EditorView>();
  const text = useCallback(
    () => view.current?.state.doc.toString() ?? base?.text ?? '',
    [base?.text],
  );

  const take = ({ text: now, textHash }: Base) => {
    setBase({ text: now, textHash });
    if (view.current) replaceText(view.current, now);
    setEdited(false);
  };
  useEffect(() => {
    if (!file || file.textHash === base?.textHash) return;
    if (!isEdited) take(file);
    else if (!isSaving) announce('The rules were changed by somebody else meanwhile.');
  }, [file?.textHash]);

  /** What was sent is the file now; until it is read anew, what is known of the file may be older. */
  const sending = async (path: string, method: 'PUT' | 'POST', body: object, sent?: string) => {
    setSaving(true);
    setError(undefined);
    try {
      const { edition } = await send<{ edition: Edition }>(method, path, body);
      if (sent !== undefined) {
        setBase({ text: sent, textHash: edition.textHash });
        setEdited(text() !== sent);
        setNote('');
      }
      announce(`In force: version ${edition.id}.`);
    } catch (thrown) {
      setError(asApiError(thrown));
    } finally {
      await live.reload();
      setSaving(false);
    }
  };
  const saveNow = async () => {
    const rules = text();
    if (rules === base?.text) return;
    const why = note.trim() === '' ? {} : { note: note.trim() };
    await sending('/api/rules', 'PUT', { rules, expected: base?.textHash, ...why }, rules);
  };
  /** A save that waited for another one is made from what that one left. */
  const latest = useRef(saveNow);
  latest.current = saveNow;
  const save = useMemo(() => oneAtATime(() => latest.current()), []);

  return {
    file,
    base,
    isEdited,
    isOvertaken: isEdited && !isSaving && file !== undefined && file.textHash !== base?.textHash,
    error: error ?? live.error,
    note,
    setNote,
    text,
    ready: (made) => (view.current = made),
    typed: () => {
      setEdited(text() !== base?.text);
      setError(undefined);
    },
    save,
    returnTo: async ({ id }) => {
      await sending(`/api/rules/versions/${id}/return`, 'POST', { expected: file?.textHash });
    },
    giveUp: () => {
      setError(undefined);
      if (file) take(file);
    },
    goOn: () => {
      setError(undefined);
      if (file) setBase({ text: file.text, textHash: file.textHash });
    },
  };
}
