import { useLayoutEffect, useState } from 'preact/hooks';
import { Icon } from './icon.js';
import { remember } from './memory.js';

const key = 'theme';

export type Theme = 'dark' | 'light';

const applied = (): Theme =>
  document.documentElement.classList.contains('wa-light') ? 'light' : 'dark';

/** `public/theme.js` has applied the first theme already, before anything was drawn. */
export function ThemeSwitch() {
  const [theme, setTheme] = useState(applied);
  // Before the next picture is drawn, not after it: the button never says one theme while the page shows the other.
  useLayoutEffect(() => {
    const { classList } = document.documentElement;
    classList.toggle('wa-dark', theme === 'dark');
    classList.toggle('wa-light', theme === 'light');
    window.dispatchEvent(new CustomEvent('themechange'));
  }, [theme]);
  const other: Theme = theme === 'dark' ? 'light' : 'dark';
  return (
    <button
      type="button"
      class="quiet-button"
      title={`Change to ${other}`}
      aria-label={`Change to ${other}`}
      onClick={() => {
        remember(key, other);
        setTheme(other);
      }}
    >
      <Icon name={theme === 'dark' ? 'sun' : 'moon'} />
    </button>
  );
}
