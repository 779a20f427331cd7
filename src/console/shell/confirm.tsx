import type { ComponentChildren } from 'preact';

interface Props {
  readonly open: boolean;
  readonly title: string;
  /** The word on the button that does it. */
  readonly does: string;
  readonly busy?: boolean;
  readonly onConfirm: () => void;
  readonly onCancel: () => void;
  /** What will happen, in plain words. */
  readonly children: ComponentChildren;
}

/** Asks before something is done that others will notice. */
export function Confirm({ open, title, does, busy = false, onConfirm, onCancel, children }: Props) {
  return (
    <wa-dialog
      label={title}
      open={open}
      onwa-after-hide={(event: Event) => {
        if (event.target === event.currentTarget) onCancel();
      }}
    >
      {open && children}
      {open && (
        <div slot="footer" class="dialog-buttons">
          <wa-button appearance="outlined" data-dialog="close">
            Cancel
          </wa-button>
          <wa-button variant="brand" disabled={busy} onClick={onConfirm}>
            {does}
          </wa-button>
        </div>
      )}
    </wa-dialog>
  );
}
