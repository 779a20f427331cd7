import { type Anatomy, cageHalfDepthAt, cageHalfWidthAt, domeAt } from './anatomy.js';
import { chord, ramp } from './field.js';

/** A function of x on one level of the film. */
type Level = (x: number) => number;

/** Depth of the body along the beam in cm, air in the lungs included; 0 beside the patient. */
export function bodyThickness(anatomy: Anatomy, y: number): Level {
  const waist = 0.5 * ramp(y, 30, 40);
  const halfWidth = cageHalfWidthAt(anatomy, Math.max(y, 18)) + anatomy.wall - waist;
  const muscle = anatomy.trunkHalfDepth - anatomy.cageHalfDepth + 2 * ramp(y, 17, 8);
  const trunkDepth = cageHalfDepthAt(anatomy, Math.max(y, 8.5)) + muscle;
  const neckWidth = 5.4 + 0.012 * Math.max(0, y + 2) ** 3;
  const neckDepth = 6.2 * ramp(y, 17, 9);
  const armAxis = 18.6 + 0.26 * (y - 9);
  const armDepth = 4.8 * ramp(y, 4.5, 9.5);
  return (x) => {
    const side = Math.abs(x);
    const slope = 0.3 * side;
    const trunk = box(side / halfWidth, trunkDepth) * ramp(y, slope - 0.5, slope + 5.5);
    const neck = box(side / neckWidth, neckDepth);
    const shoulder = chord(away((side - 11.5) / 9.5, (y - 12.5) / 8), 6.6);
    const arm = chord((side - armAxis) / 4.8, armDepth);
    return together(trunk, neck, shoulder, arm) + breastThickness(anatomy, side, y);
  };
}

function breastThickness({ breast, domeRight }: Anatomy, side: number, y: number): number {
  if (breast === 0) return 0;
  const v = (y - domeRight + 3.4) / 5.2;
  return chord(away((side - 7.8) / 6.6, v < 0 ? v * 0.55 : v), breast);
}

/** Depth of inflated lung along the beam in cm. */
export function lungThickness(anatomy: Anatomy, y: number): Level {
  const halfWidth = cageHalfWidthAt(anatomy, y);
  if (halfWidth === 0) return () => 0;
  const halfDepth = cageHalfDepthAt(anatomy, y);
  const solid = mediastinum(anatomy, y, halfDepth);
  return (x) => {
    const cage = 2 * halfDepth * Math.sqrt(Math.max(0, 1 - Math.abs(x / halfWidth) ** 2.6));
    const inflated = Math.max(0, cage - solid(x));
    return inflated === 0 ? 0 : inflated * aboveDiaphragm(anatomy, x, y);
  };
}

/**
 * Share of the depth that lies above the diaphragm. The dome is met tangentially, so its edge is sharp; the deep
 * posterior recess goes on below it behind the liver.
 */
function aboveDiaphragm(anatomy: Anatomy, x: number, y: number): number {
  const dome = domeAt(anatomy, x);
  if (y <= dome) return 1;
  const recess = Math.max(0.6, (x < 0 ? anatomy.domeRight : anatomy.domeLeft) + 6.2 - dome);
  const below = (y - dome) / recess;
  const front = Math.max(0, 1 - Math.sqrt(below / 0.12));
  const back = Math.max(0, 1 - Math.sqrt(below));
  return 0.68 * front + 0.32 * back;
}

/**
 * Depth of heart, great vessels and spine in cm: what stands where lung would be. Tongues of lung reach in front of
 * and behind it, so the midline is not quite empty of air.
 */
function mediastinum(anatomy: Anatomy, y: number, halfDepth: number): Level {
  const { heartLevel: level, heartHalfWidth: heart, aorticKnob: knob } = anatomy;
  const apex = Math.min(1, Math.max(0, (anatomy.cageTop + 4.2 - y) / 3.6));
  const neck = 0.9 * ramp(y, 13, 4) + 2 * apex ** 3;
  const vessels = 3 * ramp(y, 17, 12);
  const tail = ramp(y, 11, 14);
  const lean = 0.011 * Math.max(0, 17 - y) ** 2;
  return (x) => {
    const midline = 1.55 * halfDepth * ramp(Math.abs(x + 0.1), 3 + neck, 1.3 + 0.8 * neck);
    const ventricles = tilted(x - 2.7, y - level - 1.7, heart + 0.3, 4.7, 5.2, 0.52);
    const atrium = tilted(x + 0.6, y - level - 1, 5.6, 3.6, 4.4, 1.5);
    const base = tilted(x - 1.2, y - level + 4.4, 4.6, 2.9, 3.9, 1.3);
    const arch = tilted(x - 1.9, y - 12.4, knob, knob * 1.1, knob * 1.6, 0);
    const aorta = chord((x - 1.5) / 1.6, 1.5) * tail;
    const cava = chord((x + 1.3 + lean) / 1.7, vessels);
    const subclavian = chord((x - 1.3 - lean) / 1.6, vessels * 0.8);
    return together(together(midline, ventricles, atrium, base), arch, aorta + cava, subclavian);
  };
}

/** Chord through an ellipsoid turned by `angle` (radians, clockwise on the film from the x axis). */
function tilted(
  dx: number,
  dy: number,
  along: number,
  across: number,
  depth: number,
  angle: number,
): number {
  const c = Math.cos(angle);
  const s = Math.sin(angle);
  return chord(away((dx * c + dy * s) / along, (dy * c - dx * s) / across), depth);
}

function away(u: number, v: number): number {
  return Math.sqrt(u * u + v * v);
}

/** Chord through a trunk: squarer than an ellipse, so the flanks are nearly as deep as the middle. */
function box(u: number, depth: number): number {
  const square = u * u;
  return square >= 1 ? 0 : 2 * depth * Math.sqrt(1 - square * square);
}

/** Rounded maximum of overlapping organs. */
function together(a: number, b: number, c: number, d: number): number {
  return Math.sqrt(Math.sqrt(a * a * a * a + b * b * b * b + c * c * c * c + d * d * d * d));
}

/** Depth of gas in the stomach, over its fluid level. */
export function gastricGas(anatomy: Anatomy, y: number): Level {
  const level = anatomy.domeLeft + 2.9;
  const share = anatomy.gasBubble ? ramp(y, level + 0.95, level + 0.8) : 0;
  const v = (y - level) / 1.9;
  return (x) => share * chord(away((x - 6.2) / 2.6, v), 1.9);
}
