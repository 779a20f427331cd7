import colormap from 'colormap';

export const colourMaps = ['jet', 'hot', 'viridis'] as const;

/** 256 × RGB of a well-known colour map. */
export function colourTable(name: (typeof colourMaps)[number]): Uint8Array {
  const shades = colormap({ colormap: name, nshades: 256, format: 'rba', alpha: 1 });
  return Uint8Array.from(shades.flatMap(([red, green, blue]) => [red, green, blue]));
}

/** 256 × RGB of no colour at all: the best answer under the loss of the seed paper. */
export const greyTable = Uint8Array.from({ length: 3 * 256 }, (_, at) => Math.floor(at / 3));
