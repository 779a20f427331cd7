/** @import { ImageJson, ServiceStatus, Wire } from '../api.js' */
/** @typedef {Wire<ImageJson>} Image */
/** @typedef {Wire<ServiceStatus>['models'][number]} Model */
import { getLinks } from './api.js';
import { byId, element, icon, identifier } from './element.js';
import {
  duration,
  kindOfImage,
  longTime,
  shortTime,
  states,
  took,
  whatHappened,
} from './format.js';
import { colourKey } from './legend.js';
import { viewer } from './viewer.js';

/** In the order of the pipeline; others follow as they come. */
const stageOrder = ['fetch', 'decode', 'window', 'infer', 'fuse', 'encode', 'store', 'verify'];

/** What the detail was last drawn from: an image that did not change is not drawn again. */
let drawnFrom = '';

/**
 * @param {Image} image
 * @param {Model | undefined} model
 * @param {{ close(): void, retry(image: Image): void, step(by: 1 | -1): void }} act
 */
export function showDetail(image, model, act) {
  const detail = byId('detail');
  const from = JSON.stringify([image, model]);
  detail.hidden = false;
  if (from === drawnFrom) return;
  const samePicture = detail.dataset['id'] === image.id && detail.dataset['state'] === image.state;
  const shown = samePicture ? detail.querySelector('.viewer') : null;
  drawnFrom = from;
  detail.dataset['id'] = image.id;
  detail.dataset['state'] = image.state;
  const parts = [heading(image, act), shown ?? viewer(image), verdict(image, model, act)];
  const facts = element(
    'div',
    { class: 'facts' },
    ...[timings(image), provenance(image), identifiers(image)].filter((part) => part !== undefined),
  );
  if (shown) {
    for (const old of [...detail.children]) if (old !== shown) old.remove();
    shown.before(parts[0] ?? '');
    shown.after(parts[2] ?? '', facts);
  } else {
    detail.replaceChildren(...parts, facts);
  }
  void addLinks(image, detail);
}

export function hideDetail() {
  const detail = byId('detail');
  drawnFrom = '';
  delete detail.dataset['id'];
  detail.hidden = true;
  detail.replaceChildren();
}

/** @param {Image} image @param {{ close(): void, step(by: 1 | -1): void }} act */
function heading(image, act) {
  const { word, look } = states[image.state];
  const description = image.summary['SeriesDescription'];
  return element(
    'header',
    {},
    element(
      'div',
      {},
      element('h2', {}, kindOfImage(image)),
      element(
        'p',
        {},
        element('span', { class: `state ${look}` }, icon(look), word),
        element(
          'time',
          { datetime: image.arrivedAt, title: longTime(image.arrivedAt) },
          shortTime(image.arrivedAt),
        ),
        description ? element('span', { class: 'description' }, description) : undefined,
      ),
    ),
    element('p', { class: 'links' }),
    element(
      'div',
      { class: 'steps' },
      stepButton('Newer image', '↑', () => act.step(-1)),
      stepButton('Older image', '↓', () => act.step(1)),
      stepButton('Close the image', '✕', act.close),
    ),
  );
}

/** @param {string} name @param {string} sign @param {() => void} click */
const stepButton = (name, sign, click) =>
  element('button', { type: 'button', 'aria-label': name, title: name, click }, sign);

/**
 * What became of it, in words; a number never stands without what it does not say.
 * @param {Image} image @param {Model | undefined} model @param {{ retry(image: Image): void }} act
 */
function verdict(image, model, act) {
  /** @type {HTMLElement[]} */
  const parts = [element('p', { class: 'reason' }, whatHappened(image))];
  if (image.output) parts.unshift(colourKey(model, image));
  if (image.next) parts.push(element('p', { class: 'next' }, image.next));
  if (image.state === 'failed') parts.push(retryButton(image, act, 'Try again'));
  if (image.state === 'skipped') parts.push(retryButton(image, act, 'Decide again'));
  if (image.state === 'pending' && image.attempts > 0) {
    parts.push(
      element('p', { class: 'next' }, `Attempt ${image.attempts} did not succeed; it comes again.`),
    );
  }
  if (image.probability !== undefined && model?.kind !== 'ab') parts.push(score(image.probability));
  return element('div', { class: `verdict ${states[image.state].look}` }, ...parts);
}

/**
 * Failed work is done again; a skipped image meets the rules as they are now.
 * @param {Image} image @param {{ retry(image: Image): void }} act @param {string} words
 */
function retryButton(image, act, words) {
  const button = element('button', {
    type: 'button',
    class: image.state === 'failed' ? 'main' : undefined,
    id: 'retry',
    click: () => {
      button.disabled = true;
      act.retry(image);
    },
  });
  button.append(words, element('kbd', {}, 'R'));
  return button;
}

/** @param {number} probability 0 to 1 */
function score(probability) {
  const meter = element('span', { class: 'meter', 'aria-hidden': 'true' }, element('i'));
  meter.style.setProperty('--share', `${(probability * 100).toFixed(1)}%`);
  return element(
    'div',
    { class: 'score' },
    element(
      'p',
      {},
      element('strong', {}, probability.toFixed(2)),
      element('span', {}, 'opacity score of the network, 0 to 1'),
    ),
    meter,
    element(
      'p',
      { class: 'caveat' },
      'An estimate from films like those it was trained on. Not a diagnosis: a low score does not mean normal, a high one does not name a disease.',
    ),
  );
}

/** @param {Image} image */
function timings(image) {
  const stages = Object.entries(image.timingsMs).sort(
    ([one], [other]) => place(one) - place(other),
  );
  const total = stages.reduce((sum, [, ms]) => sum + ms, 0);
  if (total === 0) return undefined;
  const bar = element('div', { class: 'timing-bar', 'aria-hidden': 'true' });
  const list = element('ol', { class: 'timing-list' });
  for (const [index, [stage, ms]] of stages.entries()) {
    const part = element('i', { class: `shade-${index % 4}`, title: `${stage} ${duration(ms)}` });
    part.style.flexGrow = String(ms);
    bar.append(part);
    list.append(
      element(
        'li',
        {},
        element('i', { class: `shade-${index % 4}`, 'aria-hidden': 'true' }),
        element('span', {}, stage),
        element('span', { class: 'number' }, duration(ms)),
      ),
    );
  }
  const waited = took(image);
  return element(
    'section',
    {},
    element('h3', {}, 'Time'),
    element(
      'p',
      { class: 'total' },
      element('strong', {}, duration(total)),
      ' of work',
      waited === '' ? '' : `, ${waited} from arrival to the end`,
    ),
    bar,
    list,
  );
}

/** @param {string} stage */
function place(stage) {
  const found = stageOrder.indexOf(stage);
  return found < 0 ? stageOrder.length : found;
}

/** @param {Image} image */
function provenance(image) {
  return element(
    'section',
    {},
    element('h3', {}, 'How it was decided'),
    pairs([
      ['Rule', image.rule || 'none'],
      ['Rules version', image.rulesVersion],
      ['Model', image.model && `${image.model} ${image.modelVersion ?? ''}`],
      ['Palette', image.palette],
      ['Strength', image.strength === undefined ? undefined : String(image.strength)],
      ['Contour lines', image.contours?.join(', ')],
      ['Made for', image.display === 'gsdf' ? 'displays calibrated to PS3.14' : undefined],
      ['Code', image.code],
      ['Attempts', String(image.attempts)],
      ['Settled', image.settledAt && longTime(image.settledAt)],
    ]),
  );
}

/** @param {Image} image */
function identifiers(image) {
  const { source, output } = image;
  /** @type {[string, string | undefined][]} */
  const all = [
    ['StudyInstanceUID', source?.StudyInstanceUID],
    ['SeriesInstanceUID', source?.SeriesInstanceUID],
    ['SOPInstanceUID', source?.SOPInstanceUID],
    ['Colour SeriesInstanceUID', output?.SeriesInstanceUID],
    ['Colour SOPInstanceUID', output?.SOPInstanceUID],
    ['Orthanc id', image.orthancId],
  ];
  return element(
    'section',
    { class: 'wide' },
    element('h3', {}, 'Identifiers'),
    pairs(all.map(([name, value]) => [name, value && identifier(value, name)])),
  );
}

/** @param {[string, string | Node | undefined][]} entries */
function pairs(entries) {
  const list = element('dl', { class: 'pairs' });
  for (const [name, value] of entries) {
    if (!value) continue;
    list.append(element('div', {}, element('dt', {}, name), element('dd', {}, value)));
  }
  return list;
}

/** @param {Image} image @param {HTMLElement} detail */
async function addLinks(image, detail) {
  const links = await getLinks(image.id).catch(() => ({ explorer: undefined, viewer: undefined }));
  if (detail.dataset['id'] !== image.id) return;
  const out = (/** @type {string | undefined} */ href, /** @type {string} */ word) =>
    href && element('a', { href, target: '_blank', rel: 'noreferrer' }, word, icon('out'));
  const places = [out(links.viewer, 'Web viewer'), out(links.explorer, 'Orthanc Explorer')];
  detail
    .querySelector('.links')
    ?.replaceChildren(...places.filter((link) => link instanceof HTMLElement));
}
