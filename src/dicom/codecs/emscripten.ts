import { ColouriseError, type ErrorCode } from '../../domain/errors.js';
import type { RgbFrame } from './rgb-frame.js';

/** What the decoders of the Cornerstone codecs have in common. */
export interface EmscriptenDecoder {
  getEncodedBuffer(length: number): Uint8Array;
  getDecodedBuffer(): Uint8Array;
  decode(): void;
  delete(): void;
}

/** What their encoders have in common. */
export interface EmscriptenEncoder {
  /** Where the frame is put; it may move when `encode` needs memory. */
  getDecodedBuffer(frame: {
    readonly width: number;
    readonly height: number;
    readonly bitsPerSample: number;
    readonly componentCount: number;
    readonly isSigned: boolean;
  }): Uint8Array;
  getEncodedBuffer(): Uint8Array;
  encode(): void;
  delete(): void;
}

export interface EmscriptenModule {
  readonly HEAPU8: Uint8Array;
  /** Present in some builds: the text of a C++ exception. */
  readonly getExceptionMessage?: (pointer: number) => string;
}

export type EmscriptenFactory<M extends EmscriptenModule> = (options: {
  readonly print: () => void;
  readonly printErr: () => void;
}) => Promise<M>;

export interface CodecOptions {
  /** What a failure of the codec means; that the codestream is damaged, if left out. */
  readonly fault?: ErrorCode;
  /** WebAssembly memory never shrinks: above this an instance is not kept for the next frame. 256 MiB if left out. */
  readonly keptBytes?: number;
}

/** A codec that is loaded when first needed, kept while it is sound, and replaced after any failure. */
export class LazyCodec<M extends EmscriptenModule> {
  private module: Promise<M> | undefined;
  private readonly name: string;
  private readonly load: () => Promise<EmscriptenFactory<M>>;
  private readonly fault: ErrorCode;
  private readonly keptBytes: number;

  constructor(
    name: string,
    load: () => Promise<EmscriptenFactory<M>>,
    { fault = 'CORRUPT_PIXEL_DATA', keptBytes = 256 * 1024 * 1024 }: CodecOptions = {},
  ) {
    this.name = name;
    this.load = load;
    this.fault = fault;
    this.keptBytes = keptBytes;
  }

  /** @throws ColouriseError with the code `fault` for whatever the codec throws */
  async run<T>(use: (module: M) => T): Promise<T> {
    this.module ??= this.load().then((factory) => factory({ print: ignore, printErr: ignore }));
    const module = await this.module;
    try {
      const result = use(module);
      if (module.HEAPU8.length > this.keptBytes) this.module = undefined;
      return result;
    } catch (cause) {
      this.module = undefined;
      const message = describe(module, cause);
      throw new ColouriseError(this.fault, `${this.name}: ${message}`, { cause });
    }
  }
}

/** The decoded bytes of one codestream, copied out of WebAssembly memory. */
export function decodeWith(decoder: EmscriptenDecoder, codestream: Uint8Array): Uint8Array {
  decoder.getEncodedBuffer(codestream.length).set(codestream);
  decoder.decode();
  return Uint8Array.from(decoder.getDecodedBuffer());
}

/** The codestream of a frame, copied out of WebAssembly memory to where `memory` says. */
export function encodeWith(
  encoder: EmscriptenEncoder,
  { rgb, Rows, Columns }: RgbFrame,
  memory: (bytes: number) => Uint8Array,
): Uint8Array {
  encoder
    .getDecodedBuffer({
      width: Columns,
      height: Rows,
      bitsPerSample: 8,
      componentCount: 3,
      isSigned: false,
    })
    .set(rgb);
  encoder.encode();
  const encoded = encoder.getEncodedBuffer();
  const codestream = memory(encoded.length);
  codestream.set(encoded);
  return codestream;
}

/** The libraries report progress on standard output. */
function ignore(): void {
  return;
}

/** C++ exceptions arrive as numbers. */
function describe(module: EmscriptenModule, thrown: unknown): string {
  if (typeof thrown !== 'number') return thrown instanceof Error ? thrown.message : String(thrown);
  return module.getExceptionMessage?.(thrown) ?? `exception ${thrown}`;
}
