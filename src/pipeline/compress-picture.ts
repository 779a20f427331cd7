import type { Rendering } from '../domain/job.js';
import type { Pictures } from '../ports/pictures.js';
import type { ColouredPicture } from './colour-picture.js';
import type { Stopwatch } from './stopwatch.js';

/**
 * Packs a coloured picture once it is drawn, where its rendering asks for that; any other is left as it is, to be sent
 * while it is drawn.
 * @throws `COMPRESSION_FAILED`, and what the drawing throws
 */
export async function compressPicture(
  coloured: ColouredPicture,
  { compression }: Rendering,
  pictures: Pictures,
  stopwatch: Stopwatch,
  signal?: AbortSignal,
): Promise<ColouredPicture> {
  if (compression === undefined) return coloured;
  const { Rows, Columns } = coloured.picture.image;
  const rgb = await coloured.drawing.whole();
  const packed = await stopwatch.time('compress', () =>
    pictures.compress({ rgb, Rows, Columns }, compression, signal),
  );
  return { ...coloured, packed };
}
