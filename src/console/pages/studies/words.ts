import type { ImageJson, Wire } from '../../../http/api.js';
import { duration } from '../../shell/format.js';

export type Image = Wire<ImageJson>;
export type State = Image['state'];

export const stateWords: Readonly<Record<State, string>> = {
  pending: 'Pending',
  stored: 'Stored',
  skipped: 'Skipped',
  failed: 'Failed',
};

/** What kind of picture this is, from the few facts that we keep. */
export function kindOfImage({ summary }: Image): string {
  const facts = [summary['Modality'], summary['BodyPartExamined'], summary['ViewPosition']];
  return facts.filter((fact) => fact !== undefined && fact !== '').join(' · ') || 'Unknown image';
}

/** The last line of the story of an image. */
export function whatHappened(image: Image): string {
  if (image.state === 'stored') return `Coloured by ${image.model ?? 'the model'}.`;
  if (image.state === 'pending' && image.attempts === 0) return 'Waits for its turn.';
  return image.reason;
}

/** From arrival to the end, as the person who waits sees it. */
export function took({ arrivedAt, settledAt }: Image): string {
  if (settledAt === undefined) return '';
  return duration(Math.max(0, Date.parse(settledAt) - Date.parse(arrivedAt)));
}
