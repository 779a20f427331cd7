import { randomFor } from './random.js';

/**
 * The measures of one made-up adult, in cm on the film plane of 35 x 42 cm (x = 0: midline, y = 0: upper edge;
 * positive x is the patient's left). Ranges are those of ordinary adults on deep inspiration.
 */
export interface Anatomy {
  readonly seed: number;
  /** Inner half width of the rib cage where it is widest, and the height of that level. */
  readonly cageHalfWidth: number;
  readonly cageWidest: number;
  /** Level at which the cage closes above the apices. */
  readonly cageTop: number;
  /** Inner half depth of the rib cage. */
  readonly cageHalfDepth: number;
  /** Chest wall beside the cage, and half depth of the trunk. */
  readonly wall: number;
  readonly trunkHalfDepth: number;
  /** Tops of the domes of the diaphragm. */
  readonly domeRight: number;
  readonly domeLeft: number;
  readonly heartHalfWidth: number;
  readonly heartLevel: number;
  readonly aorticKnob: number;
  /** Half-thickness of each breast in cm; 0 = a flat chest. */
  readonly breast: number;
  readonly ribHalfHeight: number;
  readonly ribPitch: number;
  /** Bone mineral, 1 = average. */
  readonly bone: number;
  readonly gasBubble: boolean;
}

export function anatomyOf(seed: number): Anatomy {
  const random = randomFor(seed, 'anatomy');
  const domeRight = random.between(26.3, 28.4);
  const cageHalfDepth = random.between(8, 9);
  const female = random.chance(0.45);
  return {
    seed,
    cageHalfWidth: random.between(12.4, 13.5),
    cageWidest: domeRight - 0.8,
    cageTop: random.between(4.6, 5.6),
    cageHalfDepth,
    wall: random.between(2.3, 3.1),
    trunkHalfDepth: cageHalfDepth + random.between(1.9, 2.5),
    domeRight,
    domeLeft: domeRight + random.between(0.6, 1.6),
    heartHalfWidth: random.between(5.4, 6.3),
    heartLevel: domeRight - random.between(4.3, 4.9),
    aorticKnob: random.between(1.5, 2),
    breast: female ? random.between(0.2, 0.5) : 0,
    ribHalfHeight: random.between(0.6, 0.72),
    ribPitch: (domeRight - 7.4) / random.between(8.6, 9.2),
    bone: random.between(0.85, 1.15),
    gasBubble: random.chance(0.75),
  };
}

/** Inner half width of the rib cage at a level; 0 above the apices. */
export function cageHalfWidthAt(anatomy: Anatomy, y: number): number {
  const { cageHalfWidth, cageWidest, cageTop } = anatomy;
  const up = Math.max(0, (cageWidest - y) / (cageWidest - cageTop));
  if (up >= 1) return 0;
  return cageHalfWidth * Math.sqrt(1 - up ** 2.7);
}

/** Inner half depth of the rib cage at a level. */
export function cageHalfDepthAt(anatomy: Anatomy, y: number): number {
  const up = Math.max(0, (anatomy.cageWidest - y) / (anatomy.cageWidest - anatomy.cageTop + 0.4));
  return up >= 1 ? 0 : anatomy.cageHalfDepth * Math.sqrt(1 - up ** 1.8);
}

/** Level of the dome of the diaphragm, the highest point along the beam at x. */
export function domeAt(anatomy: Anatomy, x: number): number {
  const right = x < 0;
  const top = right ? anatomy.domeRight : anatomy.domeLeft;
  const centre = right ? -5.8 : 6.4;
  const lateral = Math.abs(x) > Math.abs(centre);
  const reach = lateral ? anatomy.cageHalfWidth + 0.5 - Math.abs(centre) : 9.5;
  const u = Math.min(1, Math.abs(x - centre) / reach);
  return top + (lateral ? 5.6 : 3.2) * (1 - Math.sqrt(1 - u * u * 0.99));
}
