import dcmjs from 'dcmjs';
import type { DicomDataset, DicomValue } from '../../domain/dicom-json.js';

type Elements = Readonly<
  Record<string, { readonly vr: string; readonly Value: readonly unknown[] }>
>;

/** Everything but bulk data. dcmjs reads common character sets right; ISO 2022 needs a real archive. */
export function readDataset(part10: Uint8Array): DicomDataset {
  return datasetOf(dcmjs.data.DicomMessage.readFile(Uint8Array.from(part10).buffer).dict);
}

function datasetOf(elements: Elements): DicomDataset {
  return Object.fromEntries(
    Object.entries(elements)
      .filter(([, { vr }]) => !binaryVrs.has(vr))
      .map(([tag, { vr, Value }]) => [
        tag,
        {
          vr,
          Value: vr === 'SQ' ? Value.map((item) => datasetOf(item as Elements)) : Value.map(plain),
        },
      ]),
  );
}

const binaryVrs = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'UN']);

function plain(value: unknown): DicomValue {
  return JSON.parse(JSON.stringify(value ?? null)) as DicomValue;
}
