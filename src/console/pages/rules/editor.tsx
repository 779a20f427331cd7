import { autocompletion, closeBrackets, closeBracketsKeymap } from '@codemirror/autocomplete';
import { completionKeymap, type CompletionSource } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { bracketMatching, HighlightStyle, indentOnInput } from '@codemirror/language';
import { syntaxHighlighting } from '@codemirror/language';
import { lintKeymap } from '@codemirror/lint';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { EditorState, Prec, type Extension } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, keymap } from '@codemirror/view';
import { highlightActiveLineGutter, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useEffect, useRef } from 'preact/hooks';

/** Custom properties reach into the shadow of the editor, so both themes are one. */
const look = EditorView.theme({
  '&': {
    height: '100%',
    color: 'var(--wa-color-text-normal)',
    backgroundColor: 'var(--wa-form-control-background-color)',
    fontSize: '13px',
  },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--wa-font-family-code)', lineHeight: '1.5' },
  '.cm-content': { caretColor: 'var(--wa-color-text-normal)' },
  '.cm-cursor': { borderLeftColor: 'var(--wa-color-text-normal)' },
  '.cm-gutters': {
    color: 'var(--wa-color-text-quiet)',
    backgroundColor: 'var(--wa-color-surface-raised)',
    borderRight: '1px solid var(--wa-color-surface-border)',
  },
  '.cm-activeLine, .cm-activeLineGutter': {
    backgroundColor: 'color-mix(in srgb, var(--wa-color-text-quiet) 9%, transparent)',
  },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground':
    { backgroundColor: 'color-mix(in srgb, var(--wa-color-focus) 30%, transparent)' },
  '.cm-tooltip, .cm-panels': {
    color: 'var(--wa-color-text-normal)',
    backgroundColor: 'var(--wa-color-surface-raised)',
    border: '1px solid var(--edge)',
  },
  '.cm-tooltip-autocomplete ul li[aria-selected]': {
    color: 'var(--wa-color-brand-on-loud)',
    backgroundColor: 'var(--wa-color-brand-fill-loud)',
  },
  '.cm-panels input, .cm-panels button': { color: 'inherit', background: 'none' },
  // The library draws these with pictures as data, which the policy of the page forbids.
  '.cm-lintRange-error': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--failed)',
    textUnderlineOffset: '3px',
  },
  '.cm-deletedChunk': {
    backgroundColor: 'color-mix(in srgb, var(--failed) 14%, transparent)',
  },
  '.cm-changedLine': {
    backgroundColor: 'color-mix(in srgb, var(--stored) 14%, transparent) !important',
  },
  '.cm-deletedText, .cm-changedText': { textDecoration: 'none' },
});

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--pending)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--stored)' },
  { tag: [tags.lineComment, tags.comment], color: 'var(--wa-color-text-quiet)' },
  { tag: [tags.punctuation, tags.separator], color: 'var(--wa-color-text-quiet)' },
]);

const leaveMs = 2000;

/** Everything that an editor of YAML has; Tab indents, and Escape before Tab leaves. */
export const editing = (complete: CompletionSource): Extension => [
  // Whatever else Escape closes: Tab leaves the editor for a while.
  Prec.highest(
    keymap.of([
      {
        key: 'Escape',
        run: (view) => {
          view.setTabFocusMode(leaveMs);
          return false;
        },
      },
    ]),
  ),
  history(),
  drawSelection(),
  indentOnInput(),
  bracketMatching(),
  closeBrackets(),
  highlightActiveLine(),
  highlightActiveLineGutter(),
  highlightSelectionMatches(),
  autocompletion({ icons: false, override: [complete] }),
  keymap.of([
    ...closeBracketsKeymap,
    ...defaultKeymap,
    ...searchKeymap,
    ...historyKeymap,
    ...completionKeymap,
    ...lintKeymap,
    indentWithTab,
  ]),
];

const showing: Extension = [
  lineNumbers(),
  yaml(),
  syntaxHighlighting(colours),
  look,
  EditorView.lineWrapping,
];

/**
 * CodeMirror within a shadow root: there it styles itself by constructed style sheets, which the policy of the
 * page allows, and not by `style` elements, which it forbids.
 */
export function Editor({
  label,
  text,
  extensions,
  onReady,
}: {
  readonly label: string;
  /** At first; what comes later goes through the view. */
  readonly text: string;
  readonly extensions: Extension;
  readonly onReady?: (view: EditorView) => void;
}) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!host.current) return undefined;
    const root = host.current.shadowRoot ?? host.current.attachShadow({ mode: 'open' });
    const view = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: text,
        extensions: [showing, EditorView.contentAttributes.of({ 'aria-label': label }), extensions],
      }),
    });
    onReady?.(view);
    return () => {
      view.destroy();
    };
    // The editor lives as long as its place; its text changes through the view.
  }, []);
  return <div class="code" ref={host} />;
}

/** Replaces the whole text and stays where the cursor was. */
export function replaceText(view: EditorView, text: string): void {
  if (view.state.doc.toString() === text) return;
  const head = Math.min(view.state.selection.main.head, text.length);
  view.dispatch({
    changes: { from: 0, to: view.state.doc.length, insert: text },
    selection: { anchor: head },
  });
}
