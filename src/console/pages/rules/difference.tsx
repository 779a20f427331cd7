import { unifiedMergeView } from '@codemirror/merge';
import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { Editor } from './editor.js';

/** Two texts as one, to be read: lines that went, and lines that came. */
export function Difference({
  title,
  before,
  after,
  onClose,
}: {
  readonly title: string;
  readonly before: string;
  readonly after: string;
  readonly onClose: () => void;
}) {
  return (
    <wa-dialog
      label={title}
      class="difference"
      open
      onwa-after-hide={(event: Event) => {
        if (event.target === event.currentTarget) onClose();
      }}
    >
      {before === after ? (
        <p>Both texts are the same.</p>
      ) : (
        <Editor
          label={title}
          text={after}
          extensions={[
            EditorState.readOnly.of(true),
            EditorView.editable.of(false),
            EditorView.contentAttributes.of({ tabindex: '0' }),
            unifiedMergeView({
              original: before,
              mergeControls: false,
              gutter: true,
              collapseUnchanged: { margin: 3, minSize: 6 },
            }),
          ]}
        />
      )}
      <wa-button slot="footer" variant="brand" data-dialog="close">
        Close
      </wa-button>
    </wa-dialog>
  );
}
