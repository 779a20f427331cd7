/**
 * Makes an element. Properties whose value is undefined are left out; text is never parsed as HTML.
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Record<string, string | number | boolean | undefined | ((event: any) => void)>} [properties]
 *   attributes; functions become listeners of the event of that name
 * @param {...(Node | string | undefined)} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (typeof value === 'function') made.addEventListener(key, value);
    else if (value === true) made.setAttribute(key, '');
    else if (value !== undefined && value !== false) made.setAttribute(key, String(value));
  }
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

/**
 * A drawing of the sprite in index.html; decoration only, the words beside it carry the meaning.
 * @param {string} name
 */
export function icon(name) {
  const space = 'http://www.w3.org/2000/svg';
  const drawing = document.createElementNS(space, 'svg');
  drawing.setAttribute('class', `icon icon-${name}`);
  drawing.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(space, 'use');
  use.setAttribute('href', `#icon-${name}`);
  drawing.append(use);
  return drawing;
}

/**
 * An element of index.html.
 * @template {HTMLElement} [Kind=HTMLElement]
 * @param {string} id
 * @returns {Kind}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`index.html lacks #${id}`);
  return /** @type {Kind} */ (found);
}

/**
 * Tells those who listen rather than look.
 * @param {string} text
 */
export function announce(text) {
  byId('announcer').textContent = text;
}

/**
 * A long identifier, shortened from its middle, with a button that copies the whole.
 * @param {string} value
 * @param {string} name what it is, for the label of the button
 * @param {{ readonly short?: boolean }} [how]
 */
export function identifier(value, name, { short = false } = {}) {
  const button = element('button', {
    type: 'button',
    class: 'copy',
    'aria-label': `Copy ${name}`,
    title: `Copy ${name}`,
    click: async (/** @type {Event} */ event) => {
      event.stopPropagation();
      await copy(value);
      announce(`${name} copied`);
      button.replaceChildren(icon('done'));
      setTimeout(() => button.replaceChildren(icon('copy')), 1200);
    },
  });
  button.append(icon('copy'));
  const shown = short && value.length > 14 ? `…${value.slice(-10)}` : value;
  return element('span', { class: 'identifier' }, element('code', { title: value }, shown), button);
}

/**
 * The clipboard of the browser exists only where the page is trusted (loopback or TLS).
 * @param {string} text
 */
async function copy(text) {
  if (window.navigator.clipboard) return window.navigator.clipboard.writeText(text);
  const field = element('textarea', { class: 'unseen' });
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand('copy');
  field.remove();
}
