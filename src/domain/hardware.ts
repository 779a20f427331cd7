/** Hardware that runs the networks. */
export type Provider = 'cpu' | 'cuda' | 'webgpu';

/** The processor or GPU that computes, as far as it is known. */
export interface Device {
  readonly name: string;
  /** As `inference.device` names it; GPUs only. */
  readonly id?: number;
  readonly driver?: string;
}

/** What computed a result; part of the provenance of every object. */
export interface InferenceProvenance {
  readonly provider: Provider;
  readonly runtime: string;
  readonly device?: Device;
  /** Pictures that a network takes at once: on a GPU the last digits depend on it. */
  readonly batch: number;
  /** The provider that was asked for and could not work. Never without `inference.allowFallback`. */
  readonly fallback?: { readonly from: Provider; readonly reason: string };
}

/** The same in words: `onnxruntime-node 1.30.0 on cuda (NVIDIA L4, GPU 0, driver 580.82), 4 pictures at once`. */
export function hardwareInWords(provenance: InferenceProvenance): string {
  const { provider, runtime, device, batch, fallback } = provenance;
  const facts = device && [
    device.name,
    ...(device.id === undefined ? [] : [`GPU ${device.id}`]),
    ...(device.driver === undefined ? [] : [`driver ${device.driver}`]),
  ];
  return [
    `${runtime} on ${provider}${facts ? ` (${facts.join(', ')})` : ''}`,
    ...(batch > 1 ? [`${batch} pictures at once`] : []),
    ...(fallback ? [`instead of ${fallback.from}, which could not work`] : []),
  ].join(', ');
}
