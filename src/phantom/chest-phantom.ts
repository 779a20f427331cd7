import { type Anatomy, anatomyOf } from './anatomy.js';
import { detectorSignal, expose } from './exposure.js';
import { emptyField, type Field, fieldOf, type Grid, grainOf } from './field.js';
import { filmGrid, workGrid, drawMarker, shutter } from './film.js';
import { type Consolidation, consolidation, type Extent, type OpacityPlace } from './opacity.js';
import { randomFor } from './random.js';
import { drawSkeleton } from './skeleton.js';
import { bodyThickness, gastricGas, lungThickness } from './torso.js';
import { drawAirways, drawVessels } from './vessels.js';

export { opacityPlaces, type OpacityPlace } from './opacity.js';

export interface PhantomOptions {
  /** Any integer; another seed is another made-up person. */
  readonly seed: number;
  /** Default 2500 x 3000, a 35 x 42 cm film. */
  readonly Columns?: number;
  readonly Rows?: number;
  readonly opacity?: OpacityPlace | 'none';
  readonly photometric?: 'MONOCHROME1' | 'MONOCHROME2';
}

export interface PixelBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** One radiograph: 12-bit stored values, row-major, and how to show them. */
export interface Phantom {
  readonly Rows: number;
  readonly Columns: number;
  readonly samples: Uint16Array;
  readonly photometric: 'MONOCHROME1' | 'MONOCHROME2';
  readonly windowCenter: number;
  readonly windowWidth: number;
  /** Square pixels, in mm. */
  readonly spacingMm: number;
  /** Where the opacity is; absent on a clear film. */
  readonly opacityBox?: PixelBox;
}

/** Attenuation per cm at about 70 keV: soft tissue, and what bone adds to it. */
const soft = 0.19;
const boneExtra = 0.36;
/** Share of tissue and blood in inflated lung. */
const lungDensity = 0.27;

/**
 * A frontal chest radiograph of nobody: path lengths through a made-up body, attenuated, scattered and detected.
 * The same options give the same samples.
 */
export function makeChestPhantom(options: PhantomOptions): Phantom {
  const { seed, Columns = 2500, Rows = 3000, opacity = 'none' } = options;
  const { photometric = 'MONOCHROME2' } = options;
  const detector = filmGrid(Columns, Rows);
  const grid = workGrid(detector);
  const anatomy = anatomyOf(seed);
  const lung = fieldOf(grid, (y) => lungThickness(anatomy, y));
  const filled = opacity === 'none' ? undefined : consolidation(anatomy, opacity, lung);
  const attenuation = attenuate(anatomy, lung, filled);
  drawMarker(attenuation, seed);
  const random = randomFor(seed, 'technique');
  const tone = { centre: random.between(2.15, 2.3), slope: random.between(1.75, 2.1) };
  const samples = expose(detectorSignal(attenuation), detector, tone, seed);
  shutter(samples, detector, seed);
  if (photometric === 'MONOCHROME1') invert(samples);
  return {
    Rows,
    Columns,
    samples,
    photometric,
    // The VOI window of the 12 bits that carry the picture, mirrored with them.
    windowCenter: photometric === 'MONOCHROME1' ? 4096 - 2020 : 2020,
    windowWidth: 3700,
    spacingMm: detector.pitch * 10,
    ...(filled ? { opacityBox: pixelBox(filled.extent, detector) } : {}),
  };
}

function attenuate(anatomy: Anatomy, lung: Field, filled: Consolidation | undefined): Field {
  const { grid } = lung;
  const [bone, blood, air] = [emptyField(grid), emptyField(grid), emptyField(grid)];
  drawSkeleton(anatomy, bone);
  drawVessels(anatomy, blood);
  drawAirways(anatomy, air);
  const coarse = grainOf(anatomy.seed, 'tissue', 1.6);
  const fine = grainOf(anatomy.seed, 'interstitium', 0.24);
  const trabeculae = grainOf(anatomy.seed, 'trabeculae', 0.16);
  return fieldOf(grid, (y) => {
    const body = bodyThickness(anatomy, y);
    const stomach = gastricGas(anatomy, y);
    return (x, at) => {
      const depth = body(x);
      const inflated = lung.data[at] ?? 0;
      const open = 1 - (filled?.filling.data[at] ?? 0);
      const vessel = Math.min(blood.data[at] ?? 0, 2.4) * Math.min(1, inflated / 4);
      const gas = (inflated - vessel) * (1 - lungDensity) * open;
      const other = Math.min((air.data[at] ?? 0) + stomach(x), depth * 0.6);
      const tissue = Math.max(0, depth - gas - other) * (1 + 0.006 * coarse(x, y));
      const mineral = depth > 0 ? (bone.data[at] ?? 0) : 0;
      const spongy = mineral === 0 ? 0 : mineral * (1 + 0.06 * trabeculae(x, y));
      const lace = inflated === 0 ? 0 : 0.0012 * inflated * fine(x, y);
      return soft * tissue + boneExtra * spongy + lace + fallOff(x, y);
    };
  });
}

/** Heel effect and distance: the beam is weaker away from its centre and towards the head. */
function fallOff(x: number, y: number): number {
  return 0.00022 * (x * x + (y - 21) ** 2) - 0.0025 * (y - 21);
}

function invert(samples: Uint16Array): void {
  samples.forEach((value, at) => (samples[at] = 4095 - value));
}

/** Smallest pixel box around the extent, within the film. */
function pixelBox(extent: Extent, detector: Grid): PixelBox {
  const column = (x: number): number => (x - detector.left) / detector.pitch;
  const row = (y: number): number => (y - detector.top) / detector.pitch;
  const x = Math.max(0, Math.floor(column(extent.left)));
  const y = Math.max(0, Math.floor(row(extent.top)));
  return {
    x,
    y,
    width: Math.min(detector.width, Math.ceil(column(extent.right))) - x,
    height: Math.min(detector.height, Math.ceil(row(extent.bottom))) - y,
  };
}
