import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { parse } from 'csv-parse/sync';
import { ColouriseError } from '../domain/errors.js';
import type { Pictures } from '../ports/pictures.js';
import type { Film, FilmCollection, Label } from './film.js';

interface LabelRow {
  readonly file: string;
  readonly label: string;
  readonly patient: string;
}

/**
 * All DICOM files below a folder. `labels.csv` in it (file, label, patient) says which are known to show
 * pneumonia or to be normal; without it, only what needs no label is measured. A patient is then a file.
 */
export async function openDicomFolder(folder: string, pictures: Pictures): Promise<FilmCollection> {
  const labels = new Map((await readLabels(folder)).map((row) => [row.file, row]));
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && !/\.(csv|md|json|txt)$/i.test(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
  const films = files.map((file): Film => {
    const row = labels.get(file);
    const label = labelOf(row?.label);
    return {
      id: file,
      group: 'DICOM',
      patient: row?.patient ?? file,
      ...(label ? { label } : {}),
      boxes: [],
      async load() {
        const bytes = new Uint8Array(await readFile(join(folder, file)));
        const picture = await pictures.read(bytes, { thumbnails: [], window: 1 });
        if ('skip' in picture) throw new ColouriseError('UNSUPPORTED_PIXEL_FORMAT', picture.reason);
        return picture.image;
      },
    };
  });
  return { name: 'DICOM files', films, training: [] };
}

async function readLabels(folder: string): Promise<readonly LabelRow[]> {
  const text = await readFile(join(folder, 'labels.csv'), 'utf8').catch(() => '');
  return parse(text, { columns: true, skip_empty_lines: true });
}

function labelOf(text: string | undefined): Label | undefined {
  return text === 'pneumonia' || text === 'normal' ? text : undefined;
}
