const prefix = 'colouriser.';

/** What this browser was asked to remember; undefined where it may not remember anything. */
export function remembered(key: string): string | undefined {
  try {
    return window.localStorage.getItem(prefix + key) ?? undefined;
  } catch {
    return undefined;
  }
}

export function remember(key: string, value: string): void {
  try {
    window.localStorage.setItem(prefix + key, value);
  } catch {
    // It holds until the tab is closed.
  }
}
