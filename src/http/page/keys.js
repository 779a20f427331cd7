import { byId, element } from './element.js';

/**
 * Single keys. They can be switched off, since speech input types them by accident.
 * @see WCAG 2.2, 2.1.4
 * @typedef {{ readonly keys: readonly string[], readonly shown: string, readonly does: string, act(): void }} Binding
 */

const memory = 'colouriser.keys';

/** @param {readonly Binding[]} bindings */
export function bindKeys(bindings) {
  const help = /** @type {HTMLDialogElement} */ (byId('help'));
  const on = /** @type {HTMLInputElement} */ (byId('keys-on'));
  on.checked = window.localStorage.getItem(memory) !== 'off';
  on.addEventListener('change', () => {
    window.localStorage.setItem(memory, on.checked ? 'on' : 'off');
  });
  byId('keys').replaceChildren(
    ...bindings.map(({ shown, does }) =>
      element(
        'div',
        {},
        element('dt', {}, ...shown.split(' ').map((key) => element('kbd', {}, key))),
        element('dd', {}, does),
      ),
    ),
  );
  byId('help-open').addEventListener('click', () => help.showModal());
  document.addEventListener('keydown', (event) => {
    if (help.open || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target))
      return;
    if (!on.checked && event.key.length === 1) return;
    if (event.key === '?') {
      help.showModal();
      return;
    }
    const binding = bindings.find(({ keys }) => keys.includes(event.key));
    if (!binding) return;
    event.preventDefault();
    binding.act();
  });
}

/** @param {EventTarget | null} target */
function isTyping(target) {
  return target instanceof HTMLElement && target.matches('input, select, textarea');
}
