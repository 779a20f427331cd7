declare module 'dcmjs/dictionary' {
  interface DictionaryEntry {
    readonly tag: string;
    readonly vr: string;
    readonly name: string;
    readonly vm: string;
  }
  /** Keyed `(GGGG,EEEE)`; repeating groups are spelt with `xx`. */
  export const dictionary: Readonly<Record<string, DictionaryEntry | undefined>>;
}
