/** @import { ImageJson, Wire } from '../api.js' */

const clock = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const dayAndClock = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});
const whole = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'long' });
const grouped = new Intl.NumberFormat('en-GB');

/** @param {number} value */
export const count = (value) => grouped.format(value);

/** Time of day for today, date and time before. @param {string} iso */
export function shortTime(iso) {
  const date = new Date(iso);
  const today = date.toDateString() === new Date().toDateString();
  return (today ? clock : dayAndClock).format(date);
}

/** @param {string} iso */
export const longTime = (iso) => whole.format(new Date(iso));

/** @param {number} ms */
export function duration(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
  return `${Math.floor(ms / 3_600_000)} h ${Math.round((ms % 3_600_000) / 60_000)} min`;
}

/** From arrival to the end, as the person who waits sees it. @param {Wire<ImageJson>} image */
export function took(image) {
  if (image.settledAt === undefined) return '';
  return duration(Math.max(0, Date.parse(image.settledAt) - Date.parse(image.arrivedAt)));
}

/** What kind of picture this is, from the few facts that we keep. @param {Wire<ImageJson>} image */
export function kindOfImage({ summary }) {
  const facts = [summary['Modality'], summary['BodyPartExamined'], summary['ViewPosition']];
  return facts.filter((fact) => fact !== undefined && fact !== '').join(' · ') || 'Unknown image';
}

/** @type {Readonly<Record<Wire<ImageJson>['state'], { readonly word: string, readonly look: string }>>} */
export const states = {
  pending: { word: 'Pending', look: 'pending' },
  stored: { word: 'Stored', look: 'stored' },
  skipped: { word: 'Skipped', look: 'skipped' },
  failed: { word: 'Failed', look: 'failed' },
};

/** The last line of the story of an image, in words. @param {Wire<ImageJson>} image */
export function whatHappened(image) {
  if (image.state === 'stored') return `Coloured by ${image.model ?? 'the model'}.`;
  if (image.state === 'pending' && image.attempts === 0) return 'Waits for its turn.';
  return image.reason;
}
