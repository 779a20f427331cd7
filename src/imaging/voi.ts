import { textOf, type DicomDataset } from '../domain/dicom-json.js';
import { Tag } from '../domain/tags.js';
import { lookUp, lookupTablesOf, type LookupTable } from './lookup-table.js';

/** One way to look at an image: from a modality value to a share of full white, [0, 1]. */
export interface View {
  /** One line for the provenance of a derived image. */
  readonly name: string;
  readonly apply: (value: number) => number;
}

/**
 * The view that the image asks for; undefined if it offers none that can be applied.
 * VOI LUTs go before windows: where a vendor gives both, the LUT is the curve that was meant and the
 * window its straight-line stand-in. `index` picks among several; views that cannot be applied are passed
 * over in favour of the next one, and after the last one the first ones get their turn.
 * @see DICOM PS3.3 C.11.2
 */
export function viewOf(attributes: DicomDataset, index: number): View | undefined {
  const tables = lookupTablesOf(attributes, 'VOILUTSequence').map(tableView);
  const views = tables.length > 0 ? tables : windowViews(attributes);
  return [...views.slice(index), ...views.slice(0, index)].find((view) => view !== undefined);
}

function tableView(table: LookupTable): View {
  return { name: 'VOI LUT', apply: (value) => lookUp(table, value) / table.fullScale };
}

function windowViews(attributes: DicomDataset): readonly (View | undefined)[] {
  const centres = decimals(attributes, Tag.WindowCenter);
  const widths = decimals(attributes, Tag.WindowWidth);
  const name = textOf(attributes, Tag.VOILUTFunction);
  return centres.map((centre, index) => windowView(name, centre, widths[index] ?? NaN));
}

/** Empty values count, so that centres and widths stay in pairs. */
function decimals(attributes: DicomDataset, tag: string): readonly number[] {
  const values = attributes[tag]?.Value ?? [];
  return values.map((value) => (value === null || value === '' ? NaN : Number(value)));
}

/** Undefined if the width is outside the function's domain. Functions of other names count as LINEAR. */
export function windowView(
  name: string | undefined,
  centre: number,
  width: number,
): View | undefined {
  if (!Number.isFinite(centre) || !Number.isFinite(width)) return undefined;
  switch (name) {
    case 'SIGMOID':
      return width > 0
        ? { name: `SIGMOID ${centre}/${width}`, apply: sigmoid(centre, width) }
        : undefined;
    case 'LINEAR_EXACT':
      return width > 0
        ? { name: `LINEAR_EXACT ${centre}/${width}`, apply: ramp(centre, width) }
        : undefined;
    case undefined:
    default:
      return width >= 1
        ? { name: `LINEAR ${centre}/${width}`, apply: ramp(centre - 0.5, width - 1) }
        : undefined;
  }
}

/**
 * LINEAR is a ramp of `width - 1` about `centre - 0.5`, LINEAR_EXACT one of `width` about `centre`.
 * No width is a step: white above the middle.
 * @see DICOM PS3.3 C.11.2.1.2.1, C.11.2.1.3.2
 */
function ramp(middle: number, width: number): View['apply'] {
  const low = middle - width / 2;
  const high = middle + width / 2;
  return (value) => (value <= low ? 0 : value > high ? 1 : (value - middle) / width + 0.5);
}

/** @see DICOM PS3.3 C.11.2.1.3.1 */
function sigmoid(centre: number, width: number): View['apply'] {
  return (value) => 1 / (1 + Math.exp((-4 * (value - centre)) / width));
}

/** Every value between two ends; all black if they are one. */
export function rangeView(low: number, high: number): View {
  const width = high - low;
  return {
    name: `full range ${low}..${high}`,
    apply: (value) => (width > 0 ? Math.min(Math.max((value - low) / width, 0), 1) : 0),
  };
}
