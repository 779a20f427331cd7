import assert from 'node:assert/strict';
import { isOwnOutput } from '../../src/dicom/own-output.js';
import { describeSecondaryCapture, seriesDescription } from '../../src/dicom/secondary-capture.js';
import { chooseSeriesNumber, preferredSeriesNumber } from '../../src/dicom/series-number.js';
import {
  itemsOf,
  textOf,
  textsOf,
  type DicomDataset,
  type DicomValue,
} from '../../src/domain/dicom-json.js';
import { ColouriseError } from '../../src/domain/errors.js';
import { Tag } from '../../src/domain/tags.js';
import { exampleDerivation, exampleRendering, exampleSource } from '../support/derivation.js';

const at = (vr: string, ...Value: DicomValue[]) => ({ vr, Value });
const without = (...tags: readonly string[]): DicomDataset =>
  Object.fromEntries(Object.entries(exampleSource).filter(([tag]) => !tags.includes(tag)));
const describeFrom = (change: DicomDataset, from = exampleSource) =>
  describeSecondaryCapture(exampleDerivation({ ...from, ...change }));

describe('the stored object', () => {
  const output = describeSecondaryCapture(exampleDerivation());

  it('takes patient and study from the archive as it is now', () => {
    const archive = {
      ...exampleSource,
      [Tag.PatientName]: at('PN', { Alphabetic: 'Renamed^Now' }),
      [Tag.PatientID]: at('LO', 'P-2'),
      [Tag.StudyInstanceUID]: at('UI', '2.25.99'),
    };
    const merged = describeSecondaryCapture(exampleDerivation(exampleSource, { archive }));
    assert.deepEqual(merged[Tag.PatientName]?.Value, [{ Alphabetic: 'Renamed^Now' }]);
    assert.equal(textOf(merged, Tag.PatientID), 'P-2');
    assert.equal(textOf(merged, Tag.StudyInstanceUID), '2.25.99');
  });

  it('keeps all three groups of a name', () => {
    assert.deepEqual(output[Tag.PatientName]?.Value, [
      { Alphabetic: 'Yamada^Tarou', Ideographic: '山田^太郎', Phonetic: 'やまだ^たろう' },
    ]);
  });

  it('never carries windows, rescale, lookup tables or private attributes', () => {
    for (const keyword of [
      'WindowCenter',
      'WindowWidth',
      'RescaleIntercept',
      'RescaleSlope',
      'VOILUTFunction',
      'VOILUTSequence',
      'ModalityLUTSequence',
      'PresentationLUTShape',
      'PixelPaddingValue',
    ] as const) {
      assert.equal(output[Tag[keyword]], undefined, keyword);
    }
    assert.deepEqual(
      Object.keys(output).filter((tag) => Number.parseInt(tag.slice(0, 4), 16) % 2 === 1),
      [],
    );
  });

  it('is the same, bit for bit, for the same derivation', () => {
    assert.deepEqual(describeSecondaryCapture(exampleDerivation()), output);
  });

  it('names its source instance and series, in place', () => {
    const [source] = itemsOf(output, Tag.SourceImageSequence);
    assert.ok(source);
    assert.equal(textOf(source, Tag.ReferencedSOPInstanceUID), '2.25.111');
    assert.equal(textOf(source, Tag.SpatialLocationsPreserved), 'YES');
    const [series] = itemsOf(output, Tag.ReferencedSeriesSequence);
    assert.ok(series);
    assert.equal(textOf(series, Tag.SeriesInstanceUID), '2.25.12');
  });

  it('says when it was resampled, and scales the spacing', () => {
    const half = describeSecondaryCapture(
      exampleDerivation(exampleSource, { Rows: 4, Columns: 3, resized: true }),
    );
    const [source] = itemsOf(half, Tag.SourceImageSequence);
    assert.ok(source);
    assert.equal(textOf(source, Tag.SpatialLocationsPreserved), 'NO');
    assert.deepEqual(textsOf(half, Tag.ImagerPixelSpacing), ['0.28', '0.28']);
    assert.deepEqual(
      itemsOf(half, Tag.DerivationCodeSequence).map((code) => textOf(code, Tag.CodeValue)),
      ['COLOURISATION', '113085'],
    );
  });

  it('warns in description and comment, in 64 characters whatever the model is called', () => {
    assert.equal(textOf(output, Tag.SeriesDescription), 'AI colour: evidence - not for diagnosis');
    const long = seriesDescription('名'.repeat(80));
    assert.equal(Array.from(long).length, 64);
    assert.ok(long.endsWith(' - not for diagnosis'));
    assert.match(textOf(output, Tag.ImageComments) ?? '', /not for diagnosis/);
    assert.match(textOf(output, Tag.DerivationDescription) ?? '', /^Research software, not for/);
  });

  it('tells model, version, weights, palette, window and score, and no diagnosis', () => {
    const text = textOf(output, Tag.DerivationDescription) ?? '';
    for (const fact of ['evidence 1.0.0', '9a129038', 'magenta', 'centre 2048', '0.870', 'cpu']) {
      assert.ok(text.includes(fact), fact);
    }
    assert.doesNotMatch(text, /normal|pneumonia|finding/i);
  });

  it('marks invented colour as synthetic, and measured colour not', () => {
    const { model } = exampleDerivation();
    const photographic = describeSecondaryCapture(
      exampleDerivation(exampleSource, { model: { ...model, photographic: true } }),
    );
    assert.equal(textOf(photographic, Tag.SyntheticData), 'YES');
    assert.equal(output[Tag.SyntheticData], undefined);
  });

  it('can be of modality OT', () => {
    const rendering = { ...exampleRendering, modality: 'OT' } as const;
    const other = describeSecondaryCapture(exampleDerivation(exampleSource, { rendering }));
    assert.equal(textOf(other, Tag.Modality), 'OT');
    assert.equal(textOf(output, Tag.Modality), 'DX');
  });

  it('keeps the equipment of the source and its history, and adds itself last', () => {
    const earlier = {
      [Tag.PurposeOfReferenceCodeSequence]: at('SQ', {
        [Tag.CodeValue]: at('SH', '109103'),
        [Tag.CodingSchemeDesignator]: at('SH', 'DCM'),
        [Tag.CodeMeaning]: at('LO', 'Modifying Equipment'),
      }),
      [Tag.Manufacturer]: at('LO', 'Router'),
      '00091001': at('LO', 'private'),
    };
    const chain = itemsOf(
      describeFrom({ [Tag.ContributingEquipmentSequence]: at('SQ', earlier) }),
      Tag.ContributingEquipmentSequence,
    );
    assert.deepEqual(
      chain.map((item) => textOf(item, Tag.Manufacturer)),
      ['Router', 'Example Imaging', 'orthanc-colouriser'],
    );
    assert.equal(chain[0]?.['00091001'], undefined);
    assert.equal(textOf(chain[2] ?? {}, Tag.ContributionDateTime), '20260102203040.567000+0000');
  });

  it('writes its own times in the time zone of the source', () => {
    assert.equal(textOf(output, Tag.InstanceCreationDate), '20260103');
    assert.equal(textOf(output, Tag.InstanceCreationTime), '053040.567');
    const zoneless = describeSecondaryCapture(
      exampleDerivation(without(Tag.TimezoneOffsetFromUTC), { utcOffsetMinutes: -300 }),
    );
    assert.equal(textOf(zoneless, Tag.InstanceCreationTime), '153040.567');
    assert.equal(zoneless[Tag.TimezoneOffsetFromUTC], undefined);
  });

  it('refuses a source without UIDs', () => {
    for (const tag of [Tag.SOPInstanceUID, Tag.SOPClassUID, Tag.SeriesInstanceUID]) {
      assert.throws(
        () => describeSecondaryCapture(exampleDerivation(without(tag))),
        (error) => error instanceof ColouriseError && error.code === 'MISSING_UID',
      );
    }
  });
});

describe('geometry', () => {
  it('claims no calibration that the source lacks', () => {
    const uncalibrated = describeSecondaryCapture(
      exampleDerivation(
        without(
          Tag.PixelSpacing,
          Tag.PixelSpacingCalibrationType,
          Tag.PixelSpacingCalibrationDescription,
        ),
      ),
    );
    assert.equal(uncalibrated[Tag.PixelSpacing], undefined);
    assert.equal(uncalibrated[Tag.PixelSpacingCalibrationType], undefined);
    assert.deepEqual(textsOf(uncalibrated, Tag.ImagerPixelSpacing), ['0.14', '0.14']);
  });

  it('leaves out a spacing of zero or of three numbers', () => {
    for (const spacing of [at('DS', 0, 0), at('DS', 1, 1, 1), at('DS', 'x', 'y')]) {
      const output = describeFrom({ [Tag.PixelSpacing]: spacing });
      assert.equal(output[Tag.PixelSpacing], undefined);
    }
  });

  it('has an aspect ratio only where pixels are not square and no spacing says so', () => {
    const bare = without(Tag.PixelSpacing, Tag.ImagerPixelSpacing);
    const ratio = (change: DicomDataset) =>
      textsOf(describeFrom(change, bare), Tag.PixelAspectRatio);
    assert.deepEqual(ratio({ [Tag.PixelAspectRatio]: at('IS', 2, 1) }), ['2', '1']);
    assert.deepEqual(ratio({ [Tag.PixelAspectRatio]: at('IS', 3, 3) }), []);
    assert.deepEqual(ratio({ [Tag.ImagerPixelSpacing]: at('DS', 0.3, 0.25) }), ['6', '5']);
    assert.deepEqual(textsOf(describeFrom({}), Tag.PixelAspectRatio), []);
  });

  it('gives a known side as Image Laterality, for unpaired body parts too', () => {
    const output = describeFrom({ [Tag.Laterality]: at('CS', 'L') }, without(Tag.ImageLaterality));
    assert.equal(output[Tag.Laterality], undefined);
    assert.equal(textOf(output, Tag.ImageLaterality), 'L');
  });

  it('says by an empty Laterality that the side of a possible pair is unknown', () => {
    const of = (BodyPartExamined: string) =>
      describeFrom(
        { [Tag.BodyPartExamined]: at('CS', BodyPartExamined) },
        without(Tag.ImageLaterality),
      );
    assert.deepEqual(of('HAND')[Tag.Laterality], { vr: 'CS' });
    assert.equal(of('CHEST')[Tag.Laterality], undefined);
  });
});

describe('what was lost or burned in', () => {
  const banner = { ...exampleRendering, banner: true };

  it('stays lossy, by attribute or by transfer syntax', () => {
    const lossless = without(
      Tag.LossyImageCompression,
      Tag.LossyImageCompressionRatio,
      Tag.LossyImageCompressionMethod,
    );
    assert.equal(textOf(describeFrom({}), Tag.LossyImageCompressionMethod), 'ISO_10918_1');
    assert.equal(describeFrom({}, lossless)[Tag.LossyImageCompression], undefined);
    const decoded = describeSecondaryCapture(
      exampleDerivation(
        { ...lossless, [Tag.LossyImageCompression]: at('CS', '00') },
        { transferSyntaxLossy: true },
      ),
    );
    assert.equal(textOf(decoded, Tag.LossyImageCompression), '01');
  });

  it('repeats what the source says of burned-in annotation, else NO if nothing is burned in', () => {
    const silent = without(Tag.BurnedInAnnotation);
    const burnedIn = (source: DicomDataset, rendering = exampleRendering) =>
      textOf(
        describeSecondaryCapture(exampleDerivation(source, { rendering })),
        Tag.BurnedInAnnotation,
      );
    assert.equal(burnedIn({ ...silent, [Tag.BurnedInAnnotation]: at('CS', 'YES') }), 'YES');
    assert.equal(burnedIn(silent), 'NO');
    assert.equal(burnedIn(silent, banner), undefined);
  });

  it('says on which displays luminance is kept, and names no colour space where those are not sRGB', () => {
    const gsdf = { ...exampleRendering, display: 'gsdf' } as const;
    const output = describeSecondaryCapture(exampleDerivation(exampleSource, { rendering: gsdf }));
    assert.match(
      textOf(output, Tag.DerivationDescription) ?? '',
      /luminance of the displayed grey is kept on displays calibrated to the GSDF \(PS3\.14, 1 to 350 cd\/m2\)/,
    );
    assert.equal(output[Tag.ColorSpace], undefined);
  });

  it('says at which evidence lines are drawn, and keeps its promise outside them only', () => {
    const { model, provenance } = exampleDerivation();
    const rendering = {
      ...exampleRendering,
      banner: true,
      display: 'gsdf',
      contours: [0.123, 0.25, 0.5, 0.75, 0.9],
    } as const;
    const longest = { ...model, name: 'm'.repeat(63), licence: 'L'.repeat(200) };
    const output = describeSecondaryCapture(
      exampleDerivation(exampleSource, { rendering, model: longest, provenance, overlays: 2 }),
    );
    const text = textOf(output, Tag.DerivationDescription) ?? '';
    assert.match(text, /contour lines at evidence 0\.123, 0\.25, 0\.5, 0\.75, 0\.9\. Outside them/);
    assert.match(text, /on others it drifts\.$/);
  });

  it('says that the lightness is kept outside a banner only', () => {
    const output = describeSecondaryCapture(
      exampleDerivation(exampleSource, { rendering: banner }),
    );
    assert.match(
      textOf(output, Tag.DerivationDescription) ?? '',
      /legend and banner\. Outside them the lightness/,
    );
  });
});

describe('broken values of a source', () => {
  it('leave required attributes empty and others out', () => {
    const output = describeFrom({
      [Tag.PatientSex]: at('CS', 'male'),
      [Tag.PatientBirthDate]: at('DA', '1970.01.01'),
      [Tag.StudyTime]: at('TM', '99:00'),
      [Tag.PatientAge]: at('AS', '62'),
      [Tag.ViewPosition]: at('CS', 'P/A?'),
      [Tag.PatientOrientation]: at('CS', 'UP'),
      [Tag.PatientWeight]: at('DS', 'TEXT'),
      [Tag.Modality]: { vr: 'CS' },
    });
    for (const tag of [
      Tag.PatientSex,
      Tag.PatientBirthDate,
      Tag.StudyTime,
      Tag.PatientOrientation,
    ]) {
      assert.ok(output[tag]);
      assert.equal(output[tag].Value, undefined);
    }
    for (const tag of [Tag.PatientAge, Tag.ViewPosition, Tag.PatientWeight]) {
      assert.equal(output[tag], undefined);
    }
    assert.equal(textOf(output, Tag.Modality), 'OT');
  });

  it('are cut at whole characters where they are too long', () => {
    const output = describeFrom({
      [Tag.AccessionNumber]: at('SH', '𠮷'.repeat(20)),
      // The sixteenth code point would end inside e + combining acute.
      [Tag.StudyID]: at('SH', `${'x'.repeat(15)}e\u0301`),
      [Tag.PatientID]: at('LO', 'a\\b\u0007c'),
    });
    assert.equal(textOf(output, Tag.AccessionNumber), '𠮷'.repeat(16));
    assert.equal(textOf(output, Tag.StudyID), 'x'.repeat(15));
    assert.equal(textOf(output, Tag.PatientID), 'a/bc');
  });

  it('give decimal strings of at most 16 characters', () => {
    const output = describeFrom({
      [Tag.PixelSpacing]: at('DS', 1 / 7, 0.1 + 0.2),
      [Tag.PatientSize]: at('DS', '1.7500000000000000000'),
    });
    assert.deepEqual(textsOf(output, Tag.PixelSpacing), ['0.14285714285714', '0.3']);
    assert.equal(textOf(output, Tag.PatientSize), '1.75');
  });

  it('of a de-identified study still say that it is one', () => {
    const output = describeSecondaryCapture(
      exampleDerivation(
        without(Tag.DeidentificationMethod, Tag.DeidentificationMethodCodeSequence),
      ),
    );
    assert.equal(textOf(output, Tag.PatientIdentityRemoved), 'YES');
    assert.equal(textOf(output, Tag.DeidentificationMethod), 'Not stated by the source image');
  });
});

describe('our own output', () => {
  const output = describeSecondaryCapture(exampleDerivation());

  it('is recognised', () => {
    assert.equal(isOwnOutput(output), true);
    const colourOfColour = { ...output, [Tag.SeriesDescription]: at('LO', 'renamed') };
    assert.equal(isOwnOutput(colourOfColour), true);
  });

  it('is not mistaken for anything that merely sounds like it', () => {
    assert.equal(isOwnOutput(exampleSource), false);
    assert.equal(isOwnOutput({ ...output, [Tag.SOPClassUID]: at('UI', '1.2.840') }), false);
    assert.equal(isOwnOutput({ ...output, [Tag.ContributingEquipmentSequence]: at('SQ') }), false);
    const capture = { ...exampleSource, [Tag.SOPClassUID]: at('UI', '1.2.840.10008.5.1.4.1.1.7') };
    const described = {
      ...capture,
      [Tag.SeriesDescription]: at('LO', 'AI colour: evidence - not for diagnosis'),
      [Tag.ManufacturerModelName]: at('LO', 'orthanc-colouriser'),
    };
    assert.equal(isOwnOutput(described), false);
  });
});

describe('series numbers', () => {
  it('are high, follow the source series, and step over taken ones', () => {
    assert.equal(chooseSeriesNumber([1, 2, 3]), 9001);
    assert.equal(chooseSeriesNumber([9001, 9002, 5]), 9003);
    assert.equal(chooseSeriesNumber([9002], preferredSeriesNumber(2)), 9003);
    assert.equal(preferredSeriesNumber(7), 9007);
    assert.equal(preferredSeriesNumber(undefined), 9001);
    assert.equal(preferredSeriesNumber(123456), 9001);
  });
});
