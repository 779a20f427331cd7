/** @import { ImageJson, Wire } from '../api.js' */
import { pictureUrl } from './api.js';
import { announce, element } from './element.js';

/** @typedef {'wipe' | 'side' | 'toggle'} Mode */

const modes = /** @type {const} */ ([
  { mode: 'wipe', word: 'Wipe', key: 'w' },
  { mode: 'side', word: 'Side by side', key: 's' },
  { mode: 'toggle', word: 'Toggle', key: 't' },
]);

/** The comparison that was chosen stays chosen from one image to the next. */
let mode = /** @type {Mode} */ ('wipe');
let showsColour = true;

/** The viewer that is on the page; keys act on it. */
let current =
  /** @type {{ setMode(mode: Mode): void, flip(): void, enlarge(): void } | undefined} */ (
    undefined
  );

/** @param {Mode} next */
export const setMode = (next) => current?.setMode(next);
/** Original, colour, original … in the mode for that. */
export const flip = () => current?.flip();
export const enlarge = () => current?.enlarge();

/**
 * The picture before and after, in one of three comparisons; the original alone when there is no colour.
 * @param {Wire<ImageJson>} image
 */
export function viewer(image) {
  const coloured = image.output !== undefined;
  const stage = element('div', { class: 'stage' });
  const buttons = modes.map(({ mode: value, word, key }) =>
    element(
      'button',
      { type: 'button', 'data-mode': value, click: () => current?.setMode(value) },
      word,
      element('kbd', {}, key.toUpperCase()),
    ),
  );
  const frame = element('div', { class: 'viewer' });
  const draw = () => {
    for (const button of buttons) {
      button.setAttribute('aria-pressed', String(button.dataset['mode'] === mode));
    }
    stage.dataset['mode'] = coloured ? mode : 'alone';
    stage.replaceChildren(coloured ? comparison(image) : alone(image));
  };
  current = {
    setMode(next) {
      if (!coloured) return;
      mode = next;
      draw();
      announce(`${modes.find((each) => each.mode === next)?.word} view`);
    },
    flip() {
      if (!coloured) return;
      if (mode === 'toggle') showsColour = !showsColour;
      mode = 'toggle';
      draw();
      announce(showsColour ? 'With colour' : 'Original');
      if (frame.contains(document.activeElement) || document.activeElement === document.body) {
        stage.querySelector('button')?.focus();
      }
    },
    enlarge() {
      if (document.fullscreenElement) void document.exitFullscreen();
      else void frame.requestFullscreen?.();
    },
  };
  const full = element(
    'button',
    { type: 'button', class: 'enlarge', click: () => current?.enlarge() },
    'Full screen',
    element('kbd', {}, 'F'),
  );
  const bar = element(
    'div',
    { class: 'modes', role: 'group', 'aria-label': 'How to compare' },
    ...(coloured ? buttons : []),
    full,
  );
  frame.append(stage, bar);
  draw();
  return frame;
}

/** @param {Wire<ImageJson>} image */
function comparison(image) {
  const [before, after] = [picture(image, 'before'), picture(image, 'after')];
  switch (mode) {
    case 'wipe':
      return wipe(before, after);
    case 'side':
      return element(
        'div',
        { class: 'pair' },
        element('figure', {}, before, element('figcaption', {}, 'Original')),
        element('figure', {}, after, element('figcaption', {}, 'With colour')),
      );
    case 'toggle': {
      before.hidden = showsColour;
      after.hidden = !showsColour;
      return element(
        'button',
        { type: 'button', class: 'toggle', 'aria-pressed': String(showsColour), click: flip },
        before,
        after,
        element('span', { class: 'label' }, showsColour ? 'With colour' : 'Original'),
      );
    }
  }
}

/**
 * The web component moves by arrow keys; we add the role, the name and the value that it lacks.
 * @param {HTMLImageElement} before @param {HTMLImageElement} after
 */
function wipe(before, after) {
  before.slot = 'first';
  after.slot = 'second';
  const slider = document.createElement('img-comparison-slider');
  slider.setAttribute('role', 'slider');
  slider.setAttribute('aria-label', 'Share of the original, from the left');
  slider.setAttribute('aria-valuemin', '0');
  slider.setAttribute('aria-valuemax', '100');
  const tell = () => {
    const share = Math.round(Number(/** @type {any} */ (slider).value ?? 50));
    slider.setAttribute('aria-valuenow', String(share));
    slider.setAttribute('aria-valuetext', `${share} per cent original`);
  };
  slider.addEventListener('slide', tell);
  tell();
  slider.append(before, after);
  const labels = element(
    'div',
    { class: 'wipe-labels', 'aria-hidden': 'true' },
    element('span', {}, 'Original'),
    element('span', {}, 'With colour'),
  );
  return element('div', { class: 'wipe' }, slider, labels);
}

/** @param {Wire<ImageJson>} image */
function alone(image) {
  return element('figure', {}, picture(image, 'before'));
}

/**
 * @param {Wire<ImageJson>} image
 * @param {'before' | 'after'} side
 */
function picture(image, side) {
  const width = window.innerWidth * window.devicePixelRatio > 2400 ? 2048 : 1024;
  const made = element('img', {
    alt: side === 'before' ? 'The original radiograph' : 'The radiograph with colour',
    decoding: 'async',
    draggable: 'false',
    error: () => {
      made.replaceWith(
        element('p', { class: 'no-picture', slot: made.slot || undefined }, 'No picture to show'),
      );
    },
  });
  made.src = pictureUrl(image.id, side, width);
  return made;
}
