import { useEffect, useRef, useState } from 'preact/hooks';
import { announce } from '../../shell/announce.js';
import { Icon } from '../../shell/icon.js';

interface Props {
  readonly value: string;
  /** What it is, for the label of the button. */
  readonly name: string;
  /** Its end alone. */
  readonly short?: boolean;
}

const doneMs = 1200;

/** A long identifier with a button that copies the whole. */
export function Identifier({ value, name, short = false }: Props) {
  const [done, setDone] = useState<'copied' | 'selected'>();
  const code = useRef<HTMLElement>(null);
  useEffect(() => {
    if (done === 'selected' && code.current) window.getSelection()?.selectAllChildren(code.current);
    if (done !== 'copied') return;
    const timer = setTimeout(() => setDone(undefined), doneMs);
    return () => {
      clearTimeout(timer);
    };
  }, [done]);
  const isShort = short && value.length > 14 && done !== 'selected';
  return (
    <span class="identifier">
      <code title={value} ref={code}>
        {isShort ? `…${value.slice(-10)}` : value}
      </code>
      <button
        type="button"
        class="copy"
        aria-label={`Copy ${name}`}
        title={`Copy ${name}`}
        onClick={async (event) => {
          event.stopPropagation();
          const made = await copy(value);
          announce(`${name} ${made}`);
          setDone(made);
        }}
      >
        <Icon name={done === 'copied' ? 'check' : 'copy'} />
      </button>
    </span>
  );
}

/** The clipboard of the browser exists only where the page is trusted: on loopback, or with TLS. */
async function copy(text: string): Promise<'copied' | 'selected'> {
  const { clipboard } = window.navigator as { readonly clipboard?: Clipboard };
  if (!clipboard) return 'selected';
  await clipboard.writeText(text);
  return 'copied';
}
