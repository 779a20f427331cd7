/** @import { ImageJson, ServiceStatus, Wire } from '../api.js' */
/** @typedef {Wire<ImageJson>} Image */
import { byId, element, icon, identifier } from './element.js';
import { count, kindOfImage, longTime, shortTime, states, took, whatHappened } from './format.js';

/** Rows that are on the screen, by id, each with what it was drawn from. */
const drawn = /** @type {Map<string, { row: HTMLTableRowElement, from: string }>} */ (new Map());

/** @param {string} id */
export const addressOf = (id) => `#/image/${encodeURIComponent(id)}`;

/**
 * Shows these rows in this order; a row that did not change keeps its element and so its focus.
 * @param {readonly Image[]} images
 * @param {string | undefined} selected
 */
export function showRows(images, selected) {
  const body = byId('rows');
  const ids = new Set(images.map(({ id }) => id));
  for (const [id, { row }] of drawn) {
    if (ids.has(id)) continue;
    row.remove();
    drawn.delete(id);
  }
  let place = body.firstElementChild;
  for (const image of images) {
    const row = rowOf(image);
    row.classList.toggle('selected', image.id === selected);
    row.querySelector('a')?.setAttribute('aria-current', String(image.id === selected));
    if (row === place) place = place.nextElementSibling;
    else body.insertBefore(row, place);
  }
}

/** @param {string} id */
export function focusRow(id) {
  const link = drawn.get(id)?.row.querySelector('a');
  link?.focus({ preventScroll: true });
  drawn.get(id)?.row.scrollIntoView({ block: 'nearest' });
}

/** @param {Image} image */
function rowOf(image) {
  const from = JSON.stringify(image) + new Date().toDateString();
  const known = drawn.get(image.id);
  if (known?.from === from) return known.row;
  const row = known?.row ?? element('tr', { click: openRow });
  const hadFocus = row.contains(document.activeElement);
  row.dataset['id'] = image.id;
  row.replaceChildren(...cellsOf(image));
  if (hadFocus) row.querySelector('a')?.focus({ preventScroll: true });
  drawn.set(image.id, { row, from });
  return row;
}

/** A click anywhere on a row follows its link, unless text was being selected. @param {MouseEvent} event */
function openRow(event) {
  const row = /** @type {HTMLElement} */ (event.currentTarget);
  const target = /** @type {HTMLElement} */ (event.target);
  if (target.closest('a, button') || window.getSelection()?.toString()) return;
  row.querySelector('a')?.click();
}

/** @param {Image} image */
function cellsOf(image) {
  const { word, look } = states[image.state];
  const description = image.summary['SeriesDescription'];
  const uid = image.source?.SOPInstanceUID;
  return [
    element(
      'td',
      { class: 'time' },
      element(
        'time',
        { datetime: image.arrivedAt, title: longTime(image.arrivedAt) },
        shortTime(image.arrivedAt),
      ),
    ),
    element(
      'td',
      { class: 'kind' },
      element('a', { href: addressOf(image.id) }, kindOfImage(image)),
      description ? element('small', { title: description }, description) : undefined,
    ),
    element('td', {}, element('span', { class: `state ${look}` }, icon(look), word)),
    element(
      'td',
      { class: 'story' },
      element('span', { title: whatHappened(image) }, whatHappened(image)),
      element('small', {}, image.rule === '' ? 'no rule' : image.rule),
    ),
    element('td', { class: 'number' }, took(image)),
    element(
      'td',
      { class: 'uid-cell' },
      uid === undefined ? 'none' : identifier(uid, 'SOPInstanceUID', { short: true }),
    ),
  ];
}

const filters = /** @type {const} */ ([
  { state: undefined, word: 'Arrived', look: 'all' },
  { state: 'pending', word: 'Pending', look: 'pending' },
  { state: 'stored', word: 'Stored', look: 'stored' },
  { state: 'skipped', word: 'Skipped', look: 'skipped' },
  { state: 'failed', word: 'Failed', look: 'failed' },
]);

/**
 * The counts, each a button that filters the table.
 * @param {Wire<ServiceStatus>['balance']} balance
 * @param {string | undefined} chosen
 * @param {(state: string | undefined) => void} choose
 */
export function showCounts(balance, chosen, choose) {
  const { undecided, pending, stored, skipped, failed } = balance;
  const numbers = { all: undecided + pending + stored + skipped + failed, stored, skipped, failed };
  const group = byId('counts');
  if (group.childElementCount === 0) {
    group.append(
      ...filters.map(({ state, word, look }) =>
        element(
          'button',
          { type: 'button', class: look, 'data-state': look, click: () => choose(state) },
          element('span', { class: 'number' }),
          element('span', { class: 'word' }, look === 'all' ? '' : icon(look), word),
        ),
      ),
    );
  }
  for (const { state, look } of filters) {
    const button = group.querySelector(`[data-state=${look}]`);
    const value = look === 'pending' ? undecided + pending : numbers[look];
    const number = button?.querySelector('.number');
    if (number && number.textContent !== count(value)) number.textContent = count(value);
    button?.setAttribute('aria-pressed', String(state === chosen));
    button?.classList.toggle('none', value === 0);
  }
}

/**
 * What stands where no row is.
 * @param {{ readonly filtered: boolean, readonly orthancUrl: string, readonly waiting: number }} why
 * @param {() => void} clear
 */
export function showEmpty({ filtered, orthancUrl, waiting }, clear) {
  const empty = byId('empty');
  if (filtered) {
    empty.replaceChildren(
      element('h3', {}, 'No image fits this filter'),
      element('button', { type: 'button', click: clear }, 'Show all images'),
    );
    return;
  }
  if (waiting > 0) {
    empty.replaceChildren(
      element('h3', {}, `${count(waiting)} arrived, not looked at yet`),
      element('p', {}, 'They appear here as soon as the rules have decided about them.'),
    );
    return;
  }
  empty.replaceChildren(
    element('h3', {}, 'Nothing has arrived yet'),
    element(
      'p',
      {},
      'Send a chest radiograph to Orthanc. It appears here within a second, and its colour series stands beside it in the same study a moment later.',
    ),
    element('pre', {}, `curl -X POST ${orthancUrl}/instances --data-binary @chest.dcm`),
    element(
      'p',
      {},
      'No radiograph at hand? A demonstration with digital phantoms and an Orthanc of its own:',
    ),
    element('pre', {}, 'npm run demo'),
  );
}
