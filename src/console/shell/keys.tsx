import { useEffect, useRef, useState } from 'preact/hooks';
import { remember, remembered } from './memory.js';

/**
 * Single keys. They can be switched off, since speech input types them by accident.
 * @see WCAG 2.2, 2.1.4
 */
export interface Binding {
  /** As `KeyboardEvent.key` names them. */
  readonly keys: readonly string[];
  /** For people, parted by blanks. */
  readonly shown: string;
  readonly does: string;
  readonly act: () => void;
}

const active = new Set<{ readonly bindings: readonly Binding[] }>();
let keysAreOn = remembered('keys') !== 'off';

/** Has these keys act while the component is shown; what comes later goes before what came earlier. */
export function useKeys(bindings: readonly Binding[]): void {
  const latest = useRef({ bindings });
  latest.current.bindings = bindings;
  useEffect(() => {
    const entry = latest.current;
    active.add(entry);
    return () => void active.delete(entry);
  }, []);
}

function bindingOf(key: string): Binding | undefined {
  return [...active]
    .reverse()
    .flatMap(({ bindings }) => bindings)
    .find(({ keys }) => keys.includes(key));
}

/** Listens to the keyboard, and shows on `?` what keys there are. */
export function KeySheet() {
  const [open, setOpen] = useState(false);
  const [on, setOn] = useState(keysAreOn);
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (isTyping(event) || document.querySelector('wa-dialog[open], dialog[open]')) return;
      if (!keysAreOn && event.key.length === 1) return;
      const act = event.key === '?' ? () => setOpen(true) : bindingOf(event.key)?.act;
      if (!act) return;
      event.preventDefault();
      act();
    };
    document.addEventListener('keydown', listen);
    return () => {
      document.removeEventListener('keydown', listen);
    };
  }, []);
  return (
    <>
      <button
        type="button"
        class="quiet-button keys-button"
        aria-haspopup="dialog"
        onClick={() => setOpen(true)}
      >
        Keys <kbd>?</kbd>
      </button>
      <wa-dialog
        label="Keys"
        open={open}
        onwa-after-hide={(event: Event) => {
          if (event.target === event.currentTarget) setOpen(false);
        }}
      >
        {open && <KeyList />}
        <wa-switch
          checked={on}
          onchange={(event: Event) => {
            keysAreOn = (event.currentTarget as HTMLInputElement).checked;
            remember('keys', keysAreOn ? 'on' : 'off');
            setOn(keysAreOn);
          }}
        >
          Single keys work everywhere on this page
        </wa-switch>
        <wa-button slot="footer" variant="brand" data-dialog="close">
          Close
        </wa-button>
      </wa-dialog>
    </>
  );
}

function KeyList() {
  const bindings = [...active].reverse().flatMap((entry) => entry.bindings);
  return (
    <dl class="key-list">
      {bindings.map(({ shown, does }) => (
        <div key={shown}>
          <dt>
            {shown.split(' ').map((key) => (
              <kbd key={key}>{key}</kbd>
            ))}
          </dt>
          <dd>{does}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Also inside the shadow of an element, where the event itself shows the element alone. */
function isTyping(event: KeyboardEvent): boolean {
  const [target] = event.composedPath();
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches('input, select, textarea, [role=combobox]'))
  );
}
