/** The part of dcmjs that this code uses; the package ships no types. */
declare module 'dcmjs' {
  interface DcmjsElement {
    readonly vr: string;
    readonly Value: readonly unknown[];
  }
  interface DcmjsDict {
    dict: Record<string, DcmjsElement>;
    write(options?: { allowInvalidVRLength?: boolean }): ArrayBuffer;
  }
  interface DictionaryEntry {
    /** (gggg,eeee) */
    readonly tag: string;
    readonly vr: string;
    readonly vm: string;
    readonly name: string;
  }
  const dcmjs: {
    readonly data: {
      readonly DicomMessage: {
        readFile(
          part10: ArrayBuffer,
          options?: { untilTag?: string },
        ): {
          readonly meta: Record<string, DcmjsElement>;
          readonly dict: Record<string, DcmjsElement>;
        };
      };
      readonly DicomDict: new (meta: Record<string, DcmjsElement>) => DcmjsDict;
      readonly DicomMetaDictionary: { readonly nameMap: Record<string, DictionaryEntry> };
    };
  };
  export default dcmjs;
}
