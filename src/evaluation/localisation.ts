export interface Localisation {
  /** Share of the map that lies in the target. */
  readonly energy: number;
  /** The strongest pixels, as many as the target has, against the target: intersection over union. */
  readonly iou: number;
  /** 1 when the strongest pixel lies in the target; of several equal ones, the share that does. */
  readonly pointing: number;
}

const nowhere: Localisation = { energy: 0, iou: 0, pointing: 0 };

/**
 * How well a map finds a target. A map that says nothing finds nothing: all figures are 0.
 * @param target 1 inside, row-major, as many pixels as the map
 */
export function localise(map: Float32Array, target: Uint8Array): Localisation {
  let [all, inside, area, most, tied, hits] = [0, 0, 0, 0, 0, 0];
  map.forEach((value, at) => {
    all += value;
    if (target[at] === 1) {
      inside += value;
      area += 1;
    }
    if (value > most) [most, tied, hits] = [value, 0, 0];
    if (value === most) {
      tied += 1;
      hits += target[at]!;
    }
  });
  if (all === 0 || area === 0) return nowhere;
  return {
    energy: inside / all,
    iou: overlap(map, target, area),
    pointing: hits / tied,
  };
}

/** Of equal values none is preferred: all at the threshold are taken, except where it is 0. */
function overlap(map: Float32Array, target: Uint8Array, area: number): number {
  const threshold = map.toSorted()[map.length - area]!;
  let [both, either] = [0, 0];
  map.forEach((value, at) => {
    const chosen = value > 0 && value >= threshold;
    const wanted = target[at] === 1;
    if (chosen && wanted) both += 1;
    if (chosen || wanted) either += 1;
  });
  return both / either;
}
