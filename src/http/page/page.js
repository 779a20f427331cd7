/** @import { ImageJson, ServiceStatus, Wire } from '../api.js' */
/** @typedef {Wire<ImageJson>} Image */
import { ApiError, followChanges, getImage, getImages, getStatus, retry } from './api.js';
import { hideDetail, showDetail } from './detail.js';
import { announce, byId, element } from './element.js';
import { bindKeys } from './keys.js';
import { showLegend } from './legend.js';
import { showHealth, showUnreachable } from './health.js';
import { addressOf, focusRow, showCounts, showEmpty, showRows } from './table.js';
import { enlarge, flip, setMode } from './viewer.js';

const pageSize = 60;
/** A refresh asks again for what is shown, up to the most that the API gives at once. */
const mostAtOnce = 500;

/** Everything that the page knows. */
const known = {
  /** @type {Wire<ServiceStatus> | undefined} */ status: undefined,
  /** @type {Image[]} */ images: [],
  /** @type {string | undefined} */ next: undefined,
  /** @type {Image | undefined} */ selected: undefined,
  /** @type {{ state: string | undefined, model: string, uid: string }} */
  filter: { state: undefined, model: '', uid: '' },
};

const uidField = /** @type {HTMLInputElement} */ (byId('uid'));
const modelField = /** @type {HTMLSelectElement} */ (byId('model'));

let running = false;
let again = false;

/** Asks for everything that is shown; changes that come meanwhile cause one more round, not one each. */
async function refresh() {
  if (document.hidden) return;
  if (running) {
    again = true;
    return;
  }
  running = true;
  try {
    await load();
  } catch (thrown) {
    showUnreachable(thrown);
  }
  running = false;
  if (again) {
    again = false;
    void refresh();
  }
}

async function load() {
  const limit = Math.min(mostAtOnce, Math.max(pageSize, known.images.length));
  const filter = known.filter;
  const [status, page] = await Promise.all([getStatus(), getImages({ ...filter, limit })]);
  if (filter !== known.filter) return;
  const fresh = new Set(page.images.map(({ id }) => id));
  const beyond = page.next === undefined ? [] : known.images.slice(limit);
  known.status = status;
  if (beyond.length === 0) known.next = page.next;
  known.images = [...page.images, ...beyond.filter(({ id }) => !fresh.has(id))];
  if (known.selected) known.selected = await stillThere(known.selected.id);
  draw();
}

/** A skipped arrival that is decided again has no row until then. @param {string} id */
async function stillThere(id) {
  try {
    return await getImage(id);
  } catch (thrown) {
    if (!(thrown instanceof ApiError && thrown.code === 'NOT_FOUND')) throw thrown;
    location.hash = '#/';
    return undefined;
  }
}

function draw() {
  const { status, images, filter, selected } = known;
  if (!status) return;
  showHealth(status);
  showCounts(status.balance, filter.state, chooseState);
  showModels(status);
  showRows(images, selected?.id);
  byId('older').hidden = known.next === undefined;
  byId('empty').hidden = images.length > 0;
  const filtered = filter.state !== undefined || filter.model !== '' || filter.uid !== '';
  if (images.length === 0) {
    showEmpty(
      { filtered, orthancUrl: status.orthanc.url, waiting: status.balance.undecided },
      clearFilter,
    );
  }
  drawSelected();
}

function drawSelected() {
  const { status, selected } = known;
  const models = status?.models ?? [];
  const model = selected?.model
    ? (models.find(
        ({ name, version }) => name === selected.model && version === selected.modelVersion,
      ) ?? models.find(({ name }) => name === selected.model))
    : models.find((each) => each.default);
  document.body.classList.toggle('has-detail', selected !== undefined);
  if (selected) showDetail(selected, model, { close, retry: retryImage, step });
  else hideDetail();
  showLegend(model, selected);
}

/** @param {Wire<ServiceStatus>} status */
function showModels({ models }) {
  const names = models.map(({ name }) => name);
  if (modelField.dataset['names'] === names.join()) return;
  modelField.dataset['names'] = names.join();
  modelField.replaceChildren(
    element('option', { value: '' }, 'All models'),
    ...names.map((name) => element('option', { value: name }, name)),
  );
  modelField.value = known.filter.model;
}

/** @param {Partial<typeof known.filter>} change */
function filterBy(change) {
  known.filter = { ...known.filter, ...change };
  known.images = [];
  known.next = undefined;
  byId('images').scrollTop = 0;
  void refresh();
}

/** @param {string | undefined} state */
function chooseState(state) {
  filterBy({ state: state === known.filter.state ? undefined : state });
  announce(state === undefined ? 'All images' : `Only ${state} images`);
}

function clearFilter() {
  uidField.value = '';
  modelField.value = '';
  filterBy({ state: undefined, model: '', uid: '' });
}

let loadingOlder = false;

async function showOlder() {
  if (loadingOlder || known.next === undefined) return;
  loadingOlder = true;
  const filter = known.filter;
  try {
    const page = await getImages({ ...filter, before: known.next, limit: pageSize });
    if (filter === known.filter) {
      const shown = new Set(known.images.map(({ id }) => id));
      known.images = [...known.images, ...page.images.filter(({ id }) => !shown.has(id))];
      known.next = page.next;
      draw();
    }
  } catch (thrown) {
    showUnreachable(thrown);
  }
  loadingOlder = false;
}

/** @param {Image} image */
async function retryImage({ id }) {
  try {
    await retry(id);
    announce('It is tried again');
  } catch (thrown) {
    announce(thrown instanceof ApiError ? `${thrown.message} ${thrown.next}` : String(thrown));
  }
  await refresh();
}

/** The address names the selected image, so that it can be sent to a colleague and the back button works. */
async function followAddress() {
  const [, given] = /^#\/image\/(.+)$/.exec(location.hash) ?? [];
  const id = given === undefined ? undefined : decodeURIComponent(given);
  if (id === undefined) {
    const left = known.selected?.id;
    known.selected = undefined;
    draw();
    if (left !== undefined) focusRow(left);
    return;
  }
  try {
    known.selected = known.images.find((image) => image.id === id) ?? (await getImage(id));
    byId('side').scrollTop = 0;
    draw();
    drawSelected();
    announce('Image opened');
  } catch (thrown) {
    showUnreachable(thrown);
  }
}

function close() {
  if (known.selected) location.hash = '#/';
}

/** @param {1 | -1} by */
function step(by) {
  const { images, selected } = known;
  const focused = document.activeElement?.closest('tr')?.dataset['id'];
  const from = images.findIndex(({ id }) => id === (selected?.id ?? focused));
  const to = images[from < 0 ? 0 : Math.min(images.length - 1, Math.max(0, from + by))];
  if (!to) return;
  if (from + by >= images.length - 5) void showOlder();
  if (selected) {
    // At once, not when the address has changed: the next key may come before that.
    known.selected = to;
    location.hash = addressOf(to.id);
  }
  focusRow(to.id);
}

bindKeys([
  { keys: ['j', 'ArrowDown'], shown: 'J ↓', does: 'Older image', act: () => step(1) },
  { keys: ['k', 'ArrowUp'], shown: 'K ↑', does: 'Newer image', act: () => step(-1) },
  { keys: ['w'], shown: 'W', does: 'Wipe between original and colour', act: () => setMode('wipe') },
  { keys: ['s'], shown: 'S', does: 'Side by side', act: () => setMode('side') },
  { keys: ['t'], shown: 'T', does: 'Toggle original and colour', act: flip },
  { keys: ['f'], shown: 'F', does: 'Full screen', act: enlarge },
  {
    keys: ['r'],
    shown: 'R',
    does: 'Try again, or decide again',
    act: () => document.getElementById('retry')?.click(),
  },
  { keys: ['/'], shown: '/', does: 'Find by UID', act: () => uidField.focus() },
  { keys: ['Escape'], shown: 'Esc', does: 'Close the image', act: close },
]);

let typing = 0;
uidField.addEventListener('input', () => {
  clearTimeout(typing);
  const uid = uidField.value.trim();
  const fits = /^[0-9.]{0,64}$/.test(uid);
  uidField.setAttribute('aria-invalid', String(!fits));
  if (fits) typing = window.setTimeout(() => filterBy({ uid }), 200);
});
uidField.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') uidField.blur();
});
modelField.addEventListener('change', () => filterBy({ model: modelField.value }));
byId('search').addEventListener('submit', (event) => event.preventDefault());
byId('older').addEventListener('click', () => void showOlder());
new IntersectionObserver((entries) => {
  if (entries.some(({ isIntersecting }) => isIntersecting)) void showOlder();
}).observe(byId('older'));
window.addEventListener('hashchange', () => void followAddress());
document.addEventListener('visibilitychange', () => void refresh());

await refresh();
await followAddress();
followChanges(
  () => void refresh(),
  (live) => {
    byId('connection').textContent = live ? 'Live' : 'Polling';
    byId('connection').dataset['live'] = String(live);
  },
);
