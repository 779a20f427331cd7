declare module 'colormap' {
  export default function colormap(options: {
    readonly colormap: string;
    readonly nshades: number;
    readonly format: 'rba';
    readonly alpha: number;
  }): readonly (readonly [red: number, green: number, blue: number, alpha: number])[];
}
