import type { ArchiveIndex, HeldInstance, HeldStudy } from '../ports/archive-index.js';

/** How far an inventory has come; plain data, so that it can be kept and taken up again. */
export interface InventoryPosition {
  /** Studies that lie behind. */
  readonly offset: number;
  /** Orthanc id of the last of them; absent at the beginning. */
  readonly last?: string;
}

export interface InventoryOptions {
  /** Studies into which nothing came since then are left out. */
  readonly since: Date;
  /** Begins behind this position of an earlier inventory. */
  readonly from?: InventoryPosition;
  /** Aborting it rejects the iteration with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after each page: also where nothing on it is new enough. `of` is the number of studies at the start. */
  readonly onProgress?: (progress: { readonly looked: number; readonly of: number }) => void;
  /** Studies asked for at once, at least 2; about 750 bytes each. */
  readonly pageSize?: number;
}

/** A study of the index, and where to take up the inventory behind it. */
export interface ListedStudy {
  readonly study: HeldStudy;
  readonly position: InventoryPosition;
}

/** The same with all that the study holds. */
export interface InventoriedStudy extends ListedStudy {
  readonly instances: readonly HeldInstance[];
}

const studiesAtOnce = 500;
const beginning: InventoryPosition = { offset: 0 };

/**
 * Goes through the archive's own index and gives every study into which an instance came since a time, however old
 * its StudyDate is. In memory are one page of studies and the instances of one study. What arrives meanwhile
 * may be missed, what is deleted meanwhile hides nothing else; a study may come twice.
 */
export async function* inventoryStudies(
  index: ArchiveIndex,
  options: InventoryOptions,
): AsyncGenerator<InventoriedStudy, void, undefined> {
  for await (const { study, position } of listedStudies(index, options)) {
    options.signal?.throwIfAborted();
    const instances = await index.listInstances(study.orthancId);
    if (instances !== undefined) yield { study, instances, position };
  }
}

/** The same without asking what the studies hold: a page of them costs one question. */
export async function* listedStudies(
  index: Pick<ArchiveIndex, 'countStudies' | 'listStudies'>,
  { since, from = beginning, signal, onProgress, pageSize = studiesAtOnce }: InventoryOptions,
): AsyncGenerator<ListedStudy, void, undefined> {
  const of = await index.countStudies();
  // Orthanc drops the fraction of a second.
  const sinceSecond = Math.floor(since.getTime() / 1000) * 1000;
  for (let position = from, isLast = false; !isLast;) {
    signal?.throwIfAborted();
    const page = await pageBehind(index, position, pageSize);
    position = page.position;
    isLast = page.isLast;
    for (const study of page.studies) {
      position = { offset: position.offset + 1, last: study.orthancId };
      if (study.lastUpdate !== undefined && study.lastUpdate.getTime() < sinceSecond) continue;
      yield { study, position };
    }
    onProgress?.({ looked: position.offset, of: Math.max(of, position.offset) });
  }
}

/** The same, image by image. */
export async function* inventoryImages(
  index: ArchiveIndex,
  options: InventoryOptions,
): AsyncGenerator<HeldInstance, void, undefined> {
  for await (const { instances } of inventoryStudies(index, options)) yield* instances;
}

interface Page {
  readonly studies: readonly HeldStudy[];
  /** Before the first of them. */
  readonly position: InventoryPosition;
  readonly isLast: boolean;
}

/**
 * The studies behind a position. The last one that was seen is asked for again: if it stands elsewhere now, studies
 * were deleted or inserted before it, so it is looked for page by page; where it is gone, all begins anew.
 */
async function pageBehind(
  index: Pick<ArchiveIndex, 'listStudies'>,
  { offset, last }: InventoryPosition,
  pageSize: number,
): Promise<Page> {
  if (last === undefined) return pageFrom(await index.listStudies(offset, pageSize), offset);
  for (let back = 1; ; back = back === 1 ? pageSize : back + pageSize) {
    const first = Math.max(0, offset - back);
    const studies = await index.listStudies(first, pageSize);
    const at = studies.findIndex(({ orthancId }) => orthancId === last);
    if (at >= 0) return pageFrom(studies, first, at + 1);
    if (first === 0) return pageFrom(studies, 0);
  }

  function pageFrom(studies: readonly HeldStudy[], first: number, skipped = 0): Page {
    return {
      studies: studies.slice(skipped),
      position: { offset: first + skipped, ...(skipped > 0 && last !== undefined ? { last } : {}) },
      isLast: studies.length < pageSize,
    };
  }
}
