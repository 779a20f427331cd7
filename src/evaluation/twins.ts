import { phantomInstance } from '../phantom/phantom-instance.js';
import type { GreyImage } from '../ports/colouring.js';
import type { Pictures } from '../ports/pictures.js';
import type { Colourer } from './colourer.js';

const top = 4095;
const asked = { thumbnails: [], window: 1 } as const;

/**
 * Whether a film stored as MONOCHROME1 comes out like its MONOCHROME2 twin, byte by byte, from the file on.
 * Grey codes become 12-bit values in the middle of their step, with a window over all of them.
 */
export async function twinsAgree(
  image: GreyImage,
  colour: Colourer,
  pictures: Pictures,
): Promise<boolean> {
  const [one, other] = await Promise.all(
    (['MONOCHROME1', 'MONOCHROME2'] as const).map(async (photometric) => {
      const picture = await pictures.read(fileOf(image, photometric), asked);
      if ('skip' in picture) return undefined;
      return (await colour(picture.image)).rgb;
    }),
  );
  return one !== undefined && other !== undefined && Buffer.compare(one, other) === 0;
}

function fileOf({ Rows, Columns, grey }: GreyImage, photometric: 'MONOCHROME1' | 'MONOCHROME2') {
  const white = Uint16Array.from(grey, (code) => Math.round((code / 255) * top));
  const samples = photometric === 'MONOCHROME2' ? white : white.map((value) => top - value);
  return phantomInstance(
    { Rows, Columns, samples, photometric, windowCenter: 2048, windowWidth: 4096, spacingMm: 1 },
    {
      PatientName: 'Twin^Test',
      PatientID: 'TWIN',
      StudyInstanceUID: '2.25.31',
      SeriesInstanceUID: '2.25.32',
      SOPInstanceUID: '2.25.33',
    },
  );
}
