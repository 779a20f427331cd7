import { dictionary } from '../../src/dicom/dictionary.js';
import type { DicomDataset, DicomValue } from '../../src/domain/dicom-json.js';

type Written = string | number | null | DicomDataset | readonly DicomValue[];

/** A data set in the DICOM JSON model, written by keyword or `gggg,eeee`. */
export function dataset(attributes: Readonly<Record<string, Written>>): DicomDataset {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, written]) => {
      const entry = dictionary.find(name);
      if (!entry) throw new Error(`no such attribute: ${name}`);
      const values = Array.isArray(written)
        ? (written as readonly DicomValue[])
        : [written as DicomValue];
      return [entry.tag, { vr: entry.vr, Value: values }];
    }),
  );
}
