import assert from 'node:assert/strict';
import type { Frame } from '../../src/dicom/decode-frame.js';
import type { DicomAttribute, DicomDataset } from '../../src/domain/dicom-json.js';
import { Tag } from '../../src/domain/tags.js';
import { displayGrey } from '../../src/imaging/display.js';
import { skipByAttributes, skipByContent } from '../../src/imaging/displayable.js';

const value = (vr: string, ...values: (string | number | null)[]): DicomAttribute => ({
  vr,
  Value: values,
});

function frameOf(values: readonly number[], bitsStored = 12, signed = false): Frame {
  const samples = signed
    ? Int16Array.from(values)
    : bitsStored > 8
      ? Uint16Array.from(values)
      : Uint8Array.from(values);
  return { Rows: 1, Columns: values.length, bitsStored, signed, samples, lossy: false };
}

function shown(
  values: readonly number[],
  attributes: DicomDataset,
  options: { bitsStored?: number; signed?: boolean; windowIndex?: number } = {},
) {
  const frame = frameOf(values, options.bitsStored, options.signed);
  const displayed = displayGrey(
    frame,
    { [Tag.PhotometricInterpretation]: value('CS', 'MONOCHROME2'), ...attributes },
    options,
  );
  return { grey: [...displayed.image.grey], window: displayed.window };
}

const window = (centre: string, width: string, name?: string): DicomDataset => ({
  [Tag.WindowCenter]: value('DS', ...centre.split('\\')),
  [Tag.WindowWidth]: value('DS', ...width.split('\\')),
  ...(name && { [Tag.VOILUTFunction]: value('CS', name) }),
});

const monochrome1 = { [Tag.PhotometricInterpretation]: value('CS', 'MONOCHROME1') };
const inverse = { [Tag.PresentationLUTShape]: value('CS', 'INVERSE') };

const lut = (first: number, bits: number, ...entries: number[]): DicomDataset => ({
  [Tag.LUTDescriptor]: value('US', entries.length, first, bits),
  [Tag.LUTData]: value('US', ...entries),
});

describe('displayGrey', () => {
  it('draws the LINEAR example of the standard: centre 2048, width 4096', () => {
    // PS3.3 C.11.2.1.2.1: y = x / 4095 of the range.
    const { grey, window: name } = shown([0, 1, 2048, 4094, 4095], window('2048', '4096'));
    assert.deepEqual(grey, [0, 0, 128, 255, 255]);
    assert.equal(name, 'LINEAR 2048/4096');
  });

  it('draws LINEAR with a width of 1 as a step', () => {
    // PS3.3 C.11.2.1.2.1, note: x <= c - 0.5 is black.
    assert.deepEqual(shown([99, 100, 101], window('100', '1')).grey, [0, 255, 255]);
  });

  it('draws LINEAR_EXACT between centre ± width / 2', () => {
    // C.11.2.1.3.2: ((x - 100) / 10 + 0.5) × 255 = 0, 25.5, 127.5, 229.5, 255
    const { grey } = shown([95, 96, 100, 104, 105, 200], window('100', '10', 'LINEAR_EXACT'));
    assert.deepEqual(grey, [0, 26, 128, 230, 255, 255]);
  });

  it('draws SIGMOID by its formula', () => {
    // C.11.2.1.3.1: 255 / (1 + exp(-4 (x - 100) / 40)) at -40, 0, +40: 4.587, 127.5, 250.41
    const { grey, window: name } = shown([60, 100, 140], window('100', '40', 'SIGMOID'));
    assert.deepEqual(grey, [5, 128, 250]);
    assert.equal(name, 'SIGMOID 100/40');
  });

  it('applies rescale, exponents included, before the window', () => {
    const rescale = {
      [Tag.RescaleSlope]: value('DS', '2.5E-1'),
      [Tag.RescaleIntercept]: value('DS', '-1e+1'),
    };
    // 40 → 0, 440 → 100, 1060 → 255
    const { grey } = shown([40, 440, 1060], { ...rescale, ...window('128', '256') });
    assert.deepEqual(grey, [0, 100, 255]);
  });

  it('applies a Modality LUT before the window, and clamps outside of it', () => {
    const attributes = {
      [Tag.ModalityLUTSequence]: { vr: 'SQ', Value: [lut(10, 8, 50, 100, 200)] },
      ...window('128', '256'),
    };
    assert.deepEqual(shown([0, 10, 11, 12, 13], attributes).grey, [50, 50, 100, 200, 200]);
  });

  it('prefers a VOI LUT to a window', () => {
    const attributes = {
      [Tag.VOILUTSequence]: { vr: 'SQ', Value: [lut(0, 16, 0, 0xffff, 0x8000)] },
      ...window('2048', '4096'),
    };
    const { grey, window: name } = shown([0, 1, 2, 3], attributes);
    assert.deepEqual(grey, [0, 255, 128, 128]);
    assert.equal(name, 'VOI LUT');
  });

  it('reads LUT data in OW, and packed 8-bit data', () => {
    const words = Buffer.from(Uint16Array.of(0, 65535).buffer).toString('base64');
    const packed = Buffer.from([0, 255, 51, 0]).toString('base64');
    const sequence = (count: number, bits: number, InlineBinary: string): DicomDataset => ({
      [Tag.VOILUTSequence]: {
        vr: 'SQ',
        Value: [
          {
            [Tag.LUTDescriptor]: value('US', count, 0, bits),
            [Tag.LUTData]: { vr: 'OW', InlineBinary },
          },
        ],
      },
    });
    assert.deepEqual(shown([0, 1], sequence(2, 16, words)).grey, [0, 255]);
    assert.deepEqual(shown([0, 1, 2], sequence(3, 8, packed)).grey, [0, 255, 51]);
  });

  it('starts a LUT at a negative value', () => {
    const attributes = {
      [Tag.VOILUTSequence]: {
        vr: 'SQ',
        Value: [{ ...lut(0, 8, 10, 20, 30), [Tag.LUTDescriptor]: value('SS', 3, -1, 8) }],
      },
    };
    assert.deepEqual(shown([-5, -1, 0, 1], attributes, { signed: true }).grey, [10, 10, 20, 30]);
  });

  it('passes over a VOI LUT whose data are short', () => {
    const broken = { ...lut(0, 8, 1, 2), [Tag.LUTDescriptor]: value('US', 256, 0, 8) };
    const attributes = {
      [Tag.VOILUTSequence]: { vr: 'SQ', Value: [broken] },
      ...window('128', '256'),
    };
    assert.equal(shown([0], attributes).window, 'LINEAR 128/256');
  });

  it('takes the window that is asked for, and the next one where it is invalid', () => {
    const three = window('100\\200\\300', '10\\0\\30');
    const nameAt = (windowIndex: number) => shown([0, 1], three, { windowIndex }).window;
    assert.equal(nameAt(0), 'LINEAR 100/10');
    assert.equal(nameAt(1), 'LINEAR 300/30');
    assert.equal(nameAt(2), 'LINEAR 300/30');
    assert.equal(nameAt(7), 'LINEAR 100/10');
    const lastInvalid = window('100\\200', '10\\0');
    assert.equal(shown([0, 1], lastInvalid, { windowIndex: 1 }).window, 'LINEAR 100/10');
  });

  it('keeps centres and widths in pairs where one is empty', () => {
    const attributes = {
      [Tag.WindowCenter]: value('DS', null, '200'),
      [Tag.WindowWidth]: value('DS', '10', '20'),
    };
    assert.equal(shown([0, 1], attributes).window, 'LINEAR 200/20');
  });

  it('shows 8-bit pictures without a window as they are', () => {
    const { grey, window: name } = shown([3, 200], {}, { bitsStored: 8 });
    assert.deepEqual(grey, [3, 200]);
    assert.equal(name, 'full range 0..255');
  });

  it('leaves 1 % of the pixels at each end out of the full range', () => {
    const values = Array.from({ length: 1000 }, (_, index) => 1000 + index);
    const { grey, window: name } = shown([...values, 0, 4095], {});
    assert.equal(name, 'full range 1009..1990');
    assert.equal(grey[0], 0);
    assert.equal(grey[999], 255);
    // (1500 - 1009) / 981 × 255 = 127.63
    assert.equal(grey[500], 128);
  });

  it('inverts MONOCHROME1, and only once if the shape is INVERSE as well', () => {
    const plain = window('128', '256');
    assert.deepEqual(shown([0, 55, 255], plain).grey, [0, 55, 255]);
    assert.deepEqual(shown([0, 55, 255], { ...plain, ...monochrome1 }).grey, [255, 200, 0]);
    assert.deepEqual(shown([0, 55], { ...plain, ...inverse }).grey, [255, 200]);
    assert.deepEqual(shown([0, 55], { ...plain, ...inverse, ...monochrome1 }).grey, [255, 200]);
  });

  it('shows a MONOCHROME1 image and its MONOCHROME2 twin alike, to the byte', () => {
    const codes = Array.from({ length: 4096 }, (_, index) => index);
    const mirrored = codes.map((code) => 4095 - code);
    for (const [centre, width] of [
      [550, 1024],
      [2048, 4096],
      [1234.5, 333],
      [2000, 256],
    ] as const) {
      const one = shown(codes, { ...window(`${centre}`, `${width}`), ...monochrome1 });
      // LINEAR is symmetric about centre - 0.5.
      const twin = shown(mirrored, window(`${4096 - centre}`, `${width}`));
      assert.deepEqual(one.grey, twin.grey, `${centre}/${width}`);
    }
  });

  it('draws padding black in either polarity and leaves it out of the range', () => {
    const padding = { [Tag.PixelPaddingValue]: value('US', 4095) };
    const values = [...Array.from({ length: 100 }, () => 4095), 1000, 1100, 1200];
    assert.equal(shown(values, padding).window, 'full range 1000..1200');
    assert.equal(shown(values, padding).grey[0], 0);
    assert.equal(shown(values, { ...padding, ...monochrome1 }).grey[0], 0);
    assert.equal(shown(values, { ...padding, ...monochrome1 }).grey[100], 255);
  });

  it('takes a padding range between its value and its limit, signed or not', () => {
    const range = (padding: number, limit: number) => ({
      [Tag.PixelPaddingValue]: value('SS', padding),
      [Tag.PixelPaddingRangeLimit]: value('SS', limit),
      ...window('0', '256'),
      ...monochrome1,
    });
    const values = [-2000, -1500, -1000, -100];
    const { grey } = shown(values, range(-2000, -1500), { signed: true });
    assert.deepEqual(grey.slice(0, 3), [0, 0, 255]);
    // US in place of SS: 63536 is -2000.
    assert.deepEqual(shown(values, range(63536, 64036), { signed: true }).grey, grey);
  });

  it('ignores a padding value that BitsStored cannot express', () => {
    const padding = { [Tag.PixelPaddingValue]: value('US', 0xffff) };
    assert.equal(shown([4095], { ...padding, ...window('2048', '4096') }).grey[0], 255);
  });

  it('counts overlays', () => {
    const frame = frameOf([1, 2]);
    const attributes = {
      [Tag.PhotometricInterpretation]: value('CS', 'MONOCHROME2'),
      '60000010': value('US', 1),
      '60023000': { vr: 'OW', InlineBinary: 'AAA=' },
      '60020010': value('US', 1),
    };
    assert.equal(displayGrey(frame, attributes).overlays, 2);
  });

  it('puts the grey on shared memory when asked', () => {
    const attributes = { [Tag.PhotometricInterpretation]: value('CS', 'MONOCHROME2') };
    const { image } = displayGrey(frameOf([0, 4095]), attributes, {
      memory: (bytes) => new Uint8Array(new SharedArrayBuffer(bytes)),
    });
    assert.ok(image.grey.buffer instanceof SharedArrayBuffer);
  });

  it('refuses to guess the polarity', () => {
    assert.throws(() => displayGrey(frameOf([0]), {}), { code: 'MALFORMED' });
    const palette = { [Tag.PhotometricInterpretation]: value('CS', 'PALETTE COLOR') };
    assert.throws(() => displayGrey(frameOf([0]), palette), { code: 'UNSUPPORTED_PIXEL_FORMAT' });
  });
});

describe('what a picture is', () => {
  const one = { [Tag.Rows]: value('US', 10), [Tag.Columns]: value('US', 10) };
  const codeOf = (attributes: DicomDataset) => skipByAttributes({ ...one, ...attributes })?.code;

  it('is told from the attributes', () => {
    assert.equal(codeOf({}), undefined);
    assert.equal(codeOf({ [Tag.NumberOfFrames]: value('IS', '1') }), undefined);
    assert.equal(codeOf({ [Tag.NumberOfFrames]: value('IS', '2') }), 'MULTI_FRAME');
    assert.equal(codeOf({ [Tag.SamplesPerPixel]: value('US', 3) }), 'ALREADY_COLOUR');
    const palette = { [Tag.PhotometricInterpretation]: value('CS', 'PALETTE COLOR') };
    assert.equal(codeOf(palette), 'ALREADY_COLOUR');
    assert.equal(skipByAttributes({})?.code, 'NOT_AN_IMAGE');
  });

  it('is nothing if all pixels are alike', () => {
    const image = (...grey: number[]) => ({
      Rows: 1,
      Columns: grey.length,
      grey: Uint8Array.from(grey),
    });
    assert.equal(skipByContent(image(7, 7, 7))?.code, 'NO_CONTENT');
    assert.equal(skipByContent(image(7, 7, 8)), undefined);
  });
});
