import type { ErrorCode } from '../../src/domain/errors.js';
import type { SkipCode } from '../../src/domain/job.js';

/** What becomes of one file: shown through this window, refused with an error, or skipped for what it is. */
export type Expectation =
  | {
      readonly window: string;
      /** Options with which `dcmj2pnm` shows the same; without, they follow from the window. */
      readonly dcmtk?: readonly string[];
      /** Pixels in which DCMTK is known to be wrong. */
      readonly besides?: 'padding' | 'overshoot';
    }
  | { readonly error: ErrorCode }
  | { readonly skip: SkipCode };

const shown = (window: string): Expectation => ({ window });
const asStored: Expectation = { window: 'full range 0..255', dcmtk: [] };
const cr10 = shown('LINEAR 550/1024');
const cr10FullRange: Expectation = { window: 'full range 162..963', dcmtk: ['+Wh', '1'] };
const hip = shown('LINEAR 511/1024');
const spine = shown('LINEAR 1600/2800');

/** Every file of `shared/data/dicom`. */
export const expectations: Readonly<Record<string, Expectation>> = {
  'chest/1.2.276.0.7230010.3.1.4.8323329.6904.1517875201.850819.dcm': asStored,
  'chest/1.3.6.1.4.1.11129.5.5.110503645592756492463169821050252582267888.dcm': asStored,
  'chest/CR000000.dcm': shown('LINEAR 5341/7526'),
  'chest/Fake_MONOHR1.dcm': asStored,
  'chest/Monochrome1-Jpeg.dcm': shown('LINEAR 114.516/255.0623'),
  'chest/RG1_J2KI.dcm': shown('LINEAR 15000/30000'),
  'chest/gdcm-CR-MONO1-10-chest.dcm': cr10,
  'chest/test1.dcm': asStored,
  'chest/test2.dcm': asStored,
  'chest/test3.dcm': asStored,
  'chest/test4.dcm': asStored,
  'chest/test5.dcm': asStored,
  'chest/test6.dcm': asStored,
  'encodings/dx12-m1_jpegLosslessSV1.dcm': shown('LINEAR 2048/4096'),
  'encodings/gdcm-cr10-m1_deflated.dcm': cr10,
  'encodings/gdcm-cr10-m1_explicitBE.dcm': cr10,
  'encodings/gdcm-cr10-m1_explicitLE.dcm': cr10,
  'encodings/gdcm-cr10-m1_implicitLE.dcm': cr10,
  'encodings/gdcm-cr10-m1_j2kLossless.dcm': cr10,
  'encodings/gdcm-cr10-m1_jpegBaseline8.dcm': shown('LINEAR 137.0968/255.249'),
  'encodings/gdcm-cr10-m1_jpegExtended12.dcm': shown('LINEAR 2201.61/4099.0029'),
  'encodings/gdcm-cr10-m1_jpegLossless14.dcm': cr10,
  'encodings/gdcm-cr10-m1_jpegLosslessSV1.dcm': cr10,
  'encodings/gdcm-cr10-m1_jpeglsLossless.dcm': cr10,
  'encodings/gdcm-cr10-m1_jpeglsNear.dcm': cr10,
  'encodings/gdcm-cr10-m1_rle.dcm': cr10,
  'mutated/all_zero.dcm': { skip: 'NO_CONTENT' },
  'mutated/already_rgb.dcm': { skip: 'ALREADY_COLOUR' },
  'mutated/aspect_2_1.dcm': cr10,
  'mutated/bodypart_hand.dcm': cr10,
  'mutated/charset_arabic.dcm': cr10,
  'mutated/charset_chinese_gb18030.dcm': cr10,
  'mutated/charset_cyrillic.dcm': cr10,
  'mutated/charset_greek.dcm': cr10,
  'mutated/charset_japanese.dcm': cr10,
  'mutated/charset_korean.dcm': cr10,
  'mutated/charset_utf8.dcm': cr10,
  // The damage lies inside code blocks, for which JPEG 2000 has no check: GDCM decodes it to the same picture.
  'mutated/corrupt_j2k.dcm': cr10,
  'mutated/empty.dcm': { error: 'NOT_DICOM' },
  'mutated/empty_uid.dcm': { error: 'MISSING_UID' },
  'mutated/junk_high_bits.dcm': cr10,
  'mutated/magic_only.dcm': { error: 'TRUNCATED' },
  'mutated/mono2_same_picture.dcm': shown('LINEAR 473/1024'),
  'mutated/multi_window.dcm': shown('LINEAR 512/900'),
  'mutated/no_bodypart.dcm': cr10,
  'mutated/no_modality.dcm': cr10,
  'mutated/no_photometric.dcm': { error: 'MALFORMED' },
  'mutated/no_pixeldata.dcm': { error: 'NO_PIXEL_DATA' },
  'mutated/no_preamble_bad.dcm': cr10,
  'mutated/no_window.dcm': cr10FullRange,
  'mutated/overlay_6000.dcm': cr10,
  'mutated/overlay_in_high_bit.dcm': cr10,
  // DCMTK shows padding like any other value.
  'mutated/pixel_padding_border.dcm': { window: 'LINEAR 550/1024', besides: 'padding' },
  'mutated/rescale_slope2.dcm': cr10,
  'mutated/rows_too_many.dcm': { error: 'MALFORMED' },
  'mutated/signed_pixels.dcm': shown('LINEAR 0/1024'),
  'mutated/truncated_half.dcm': { error: 'TRUNCATED' },
  'mutated/truncated_header.dcm': { error: 'TRUNCATED' },
  'mutated/truncated_jpegls.dcm': { error: 'TRUNCATED' },
  'mutated/two_frames.dcm': { skip: 'MULTI_FRAME' },
  'mutated/upside_down.dcm': cr10,
  'mutated/view_lateral.dcm': cr10,
  'mutated/voi_lut_sequence.dcm': { window: 'VOI LUT', dcmtk: ['+Wl', '1'] },
  'mutated/voi_sigmoid.dcm': shown('SIGMOID 550/1024'),
  'mutated/window_width_zero.dcm': cr10FullRange,
  'not-chest/6154.dcm': spine,
  'not-chest/6247.dcm': spine,
  'not-chest/6278.dcm': spine,
  'not-chest/RG2_J2KI.dcm': hip,
  'not-chest/RG2_JLSN.dcm': hip,
  'not-chest/RG2_JPLY.dcm': hip,
  'not-chest/RG2_JPLY_fixed.dcm': hip,
  'not-chest/RG3_J2KI.dcm': cr10,
  'not-chest/RG3_J2KR.dcm': cr10,
  'not-chest/RG3_JLSL.dcm': cr10,
  'not-chest/RG3_JLSN.dcm': cr10,
  // DCMTK masks eight values that the codec carried beyond BitsStored: white comes out as black.
  'not-chest/RG3_JPLY.dcm': { window: 'LINEAR 550/1024', besides: 'overshoot' },
  'not-chest/dx_image.dcm': shown('LINEAR 128/256'),
  'not-chest/jpeg-baseline.dcm': { error: 'MISSING_UID' },
};
