import type { SkipCode } from '../domain/job.js';
import { faultOfLungs, type LungMap, type Lungs, measureLungs } from '../imaging/lungs.js';
import type { QuarterTurns } from '../imaging/turn.js';

/** Why a picture is no upright frontal chest radiograph. */
export interface NotAChest {
  readonly code: Extract<SkipCode, 'NO_LUNGS' | 'UPSIDE_DOWN' | 'ROTATED'>;
  readonly reason: string;
}

/** A lung map of the picture after so many quarter turns clockwise; each costs one inference. */
export type Look = (turns: QuarterTurns) => Promise<LungMap>;

/** Two lungs seen this clearly are upright: only 1 in 100 films upside down looks as clear. */
const certain = 0.84;
/** The least clarity that may speak against the picture as it is. */
const clear = 0.75;
/** By how much the picture turned over must be clearer: in doubt a film is taken as it was stored. */
const margin = 0.02;
/** The least clarity of an upright chest: lungs of films on their side come to 0.6. */
const credible = 0.65;

/**
 * Does a picture show an upright frontal chest, whatever its tags say?
 * The network sees lungs best the right way up, so only where the first look leaves a doubt the picture is
 * turned over and compared with itself, and only where that shows no lungs either it is turned on its sides.
 * A mirrored chest is accepted: it may be situs inversus.
 * @returns undefined for an upright chest
 */
export async function recogniseChest(look: Look): Promise<NotAChest | undefined> {
  const asStored = measureLungs(await look(0));
  const clarity = clarityOfChest(asStored);
  if (clarity >= certain) return undefined;

  const turnedOver = clarityOfChest(measureLungs(await look(2)));
  if (turnedOver >= clear && turnedOver > clarity + margin) {
    return {
      code: 'UPSIDE_DOWN',
      reason: `the chest stands upside down: its lungs show more clearly when it is turned by 180° (${turnedOver.toFixed(2)}, as stored ${clarity.toFixed(2)})`,
    };
  }
  if (clarity >= credible) return undefined;

  const clockwise = clarityOfChest(measureLungs(await look(1)));
  const anticlockwise = clarityOfChest(measureLungs(await look(3)));
  if (Math.max(clockwise, anticlockwise) >= clear) {
    const way = clockwise > anticlockwise ? 'clockwise' : 'anticlockwise';
    return {
      code: 'ROTATED',
      reason: `the chest lies on its side: two lungs show when it is turned by 90° ${way}`,
    };
  }
  const fault = faultOfLungs(asStored) ?? 'what looks like lung is too vague';
  return { code: 'NO_LUNGS', reason: `no lungs found: ${fault}` };
}

/** How clearly two lungs show; 0 where they are not two lungs. */
function clarityOfChest(lungs: Lungs): number {
  return faultOfLungs(lungs) === undefined ? lungs.clarity : 0;
}
