import type { DicomDataset } from '../domain/dicom-json.js';
import type { Compression, Rendering, SkipCode } from '../domain/job.js';
import type { ArrivingFile } from './arriving-file.js';
import type { ByteSource } from './byte-source.js';
import type { Colouring, GreyImage } from './colouring.js';

/** A picture as a good viewer first shows it, with what its file says. */
export interface Picture {
  readonly attributes: DicomDataset;
  readonly transferSyntaxUID: string;
  /** The stored pixels went through a lossy codec. */
  readonly lossy: boolean;
  /** On shared memory: it is read again when the colour is drawn. Not to be looked at after `release`. */
  readonly image: GreyImage;
  /** One line: the window that was applied. */
  readonly window: string;
  /** Overlay planes that were left out. */
  readonly overlays: number;
  /** Area means, in the order asked for. */
  readonly thumbnails: readonly Float32Array[];
  /** Nobody looks at the image any more: the next one may be read onto the same memory. */
  release(): void;
}

/** Nothing is wrong with the file, but there is nothing to colour. */
export interface PictureSkip {
  readonly skip: SkipCode;
  readonly reason: string;
}

export interface Grid {
  readonly rows: number;
  readonly columns: number;
}

export interface ReadOptions {
  /** Input sizes of the networks that will see the picture. */
  readonly thumbnails: readonly Grid[];
  /** Which of several windows or VOI LUTs, from 1. */
  readonly window: number;
}

export interface PreviewOptions {
  /** At most so many pixels wide. */
  readonly width: number;
  /** Which of the source's windows or VOI LUTs, from 1. */
  readonly window: number;
}

/**
 * A colour picture, Rows × Columns × RGB, which threads draw from top to bottom while its parts are read. All of it
 * throws the input codes of `errorKinds`.
 */
export interface Drawing extends ByteSource {
  /** Draws its first part, so that whoever reads it does not wait. */
  begin(): Promise<void>;
  /** All of it at once, on shared memory. */
  whole(): Promise<Uint8Array>;
  /** Nobody reads it any more: the next picture may be drawn on the same memory. */
  release(): void;
}

export interface DrawTask {
  readonly image: GreyImage;
  readonly colouring: Colouring;
  readonly rendering: Pick<Rendering, 'palette' | 'strength' | 'banner' | 'display' | 'contours'>;
  /** Name and version of the model as a banner says them. */
  readonly modelTitle: string;
}

/** Rows × Columns × RGB. */
export interface DrawnPicture {
  readonly Rows: number;
  readonly Columns: number;
  readonly rgb: Uint8Array;
}

/** A drawn picture, packed without loss. */
export interface PackedPicture {
  readonly compression: Compression;
  /** The one frame of an encapsulated object. Not to be looked at after `release`. */
  readonly codestream: Uint8Array;
  release(): void;
}

/** What touches pixels, or bytes that a stranger sent; away from the main thread and under limits. */
export interface Pictures {
  /**
   * Part 10 bytes → displayed grey, with an area mean for each network that will see it. A file that is still
   * arriving is read as it comes, unless others wait for the threads.
   * Takes the bytes over: the caller's view of them is empty afterwards, or shows another picture.
   * @throws the input codes of `errorKinds`; what `whole` of an arriving file throws
   */
  read(
    part10: Uint8Array | ArrivingFile,
    how: ReadOptions,
    signal?: AbortSignal,
  ): Promise<Picture | PictureSkip>;
  /** Displayed grey + colouring → Rows × Columns × RGB with the same L*, except under a banner and contour lines. */
  draw(task: DrawTask, signal?: AbortSignal): Drawing;
  /** A drawn picture in the form that its rendering asks for. @throws `COMPRESSION_FAILED` */
  compress(
    drawn: DrawnPicture,
    compression: Compression,
    signal?: AbortSignal,
  ): Promise<PackedPicture>;
  /** A drawn picture as PNG, at most `width` pixels wide if that is given; quick rather than small. */
  encode(drawn: DrawnPicture, width?: number, signal?: AbortSignal): Promise<Uint8Array>;
  /** Area mean of a displayed picture, for a network that sees it later. */
  shrink(image: GreyImage, grid: Grid, signal?: AbortSignal): Promise<Float32Array>;
  /** A source, or a colour image of ours, as PNG; takes the bytes over. */
  preview(part10: Uint8Array, how: PreviewOptions): Promise<Uint8Array>;
  /** Makes what the first picture would wait for: compiled code and the default palette, in every thread. */
  warm(): Promise<void>;
  close(): Promise<void>;
}
