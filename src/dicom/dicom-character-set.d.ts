declare module 'dicom-character-set' {
  interface CharacterSet {
    readonly multiByte?: boolean;
    readonly extension?: boolean;
  }
  export const characterSets: Readonly<Record<string, CharacterSet | undefined>>;
  export function convertBytes(
    specificCharacterSet: string,
    bytes: Uint8Array,
    options?: { readonly vr?: string },
  ): string;
}
