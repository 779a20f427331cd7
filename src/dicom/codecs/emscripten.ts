import { ColouriseError } from '../../domain/errors.js';

/** What the decoders of the Cornerstone codecs have in common. */
export interface EmscriptenDecoder {
  getEncodedBuffer(length: number): Uint8Array;
  getDecodedBuffer(): Uint8Array;
  decode(): void;
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

/** WebAssembly memory never shrinks: above this an instance is not kept for the next frame. */
const keptBytes = 256 * 1024 * 1024;

/** A codec that is loaded when first needed, kept while it is sound, and replaced after any failure. */
export class LazyCodec<M extends EmscriptenModule> {
  private module: Promise<M> | undefined;
  private readonly name: string;
  private readonly load: () => Promise<EmscriptenFactory<M>>;

  constructor(name: string, load: () => Promise<EmscriptenFactory<M>>) {
    this.name = name;
    this.load = load;
  }

  /** @throws ColouriseError `CORRUPT_PIXEL_DATA` for whatever the codec throws */
  async run<T>(use: (module: M) => T): Promise<T> {
    this.module ??= this.load().then((factory) => factory({ print: ignore, printErr: ignore }));
    const module = await this.module;
    try {
      const result = use(module);
      if (module.HEAPU8.length > keptBytes) this.module = undefined;
      return result;
    } catch (cause) {
      this.module = undefined;
      const message = describe(module, cause);
      throw new ColouriseError('CORRUPT_PIXEL_DATA', `${this.name}: ${message}`, { cause });
    }
  }
}

/** The decoded bytes of one codestream, copied out of WebAssembly memory. */
export function decodeWith(decoder: EmscriptenDecoder, codestream: Uint8Array): Uint8Array {
  decoder.getEncodedBuffer(codestream.length).set(codestream);
  decoder.decode();
  return Uint8Array.from(decoder.getDecodedBuffer());
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
