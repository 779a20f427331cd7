/* Before anything is drawn, so that a dark room sees no white flash: the choice of this browser, else that of its system. */
{
  let chosen = null;
  try {
    chosen = window.localStorage.getItem('colouriser.theme');
  } catch {
    // Storage may be forbidden; the system's choice stands.
  }
  const dark =
    chosen === 'dark' ||
    (chosen !== 'light' && !window.matchMedia('(prefers-color-scheme: light)').matches);
  document.documentElement.classList.add(dark ? 'wa-dark' : 'wa-light');
}
