declare module '@cornerstonejs/codec-charls/decodewasmjs' {
  const factory: (options: object) => Promise<never>;
  export default factory;
}

declare module '@cornerstonejs/codec-openjpeg/decodewasmjs' {
  const factory: (options: object) => Promise<never>;
  export default factory;
}

declare module '@cornerstonejs/codec-charls/wasmjs' {
  const factory: (options: object) => Promise<never>;
  export default factory;
}

declare module '@cornerstonejs/codec-openjpeg/wasmjs' {
  const factory: (options: object) => Promise<never>;
  export default factory;
}
