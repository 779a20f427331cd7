import { z } from 'zod';

const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and hyphens');
const version = z.string().regex(/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/, 'a semantic version');
const side = z.int().min(16).max(2048);
const tensorName = z.string().min(1).max(100);

const evidenceOutputs = z.strictObject({
  kind: z.literal('evidence'),
  /** [n, 1, rows, columns] in [0, 1]; drawn in one hue. */
  evidence: tensorName,
  /** [n, 1, rows, columns] in [0, 1]: where the network sees lung. */
  lungs: tensorName.optional(),
  /** [n, 1] in [0, 1]. */
  probability: tensorName.optional(),
});

const chromaOutputs = z.strictObject({
  kind: z.literal('ab'),
  /** [n, 2, rows, columns] in CIE Lab units. */
  ab: tensorName,
});

const golden = z.strictObject({
  /** Largest difference from the stored values that a provider may show, as a share of the output's maximum. */
  tolerance: z.number().positive().max(0.05),
  /** The same on a GPU, where what is rounded to eight bits inside the network may be rounded otherwise. */
  toleranceOnGpu: z.number().positive().max(0.1).optional(),
  /** Values of each output for the golden picture: its mean, then the value at evenly spread positions. */
  outputs: z.record(tensorName, z.array(z.number()).min(2)),
});

/**
 * What the product must know about a network before it loads it. One JSON file beside the weights.
 * The network takes one float tensor [n, 1, rows, columns] and gives small float tensors.
 */
export const manifestSchema = z.strictObject({
  $schema: z.string().optional(),
  name,
  version,
  title: z.string().min(1).max(80),
  /** One sentence for the page and the card: what the colour means, or that it means nothing. */
  meaning: z.string().min(1).max(400),
  weights: z.strictObject({
    file: z.string().regex(/^[A-Za-z0-9._-]+\.onnx$/, 'a file name beside the manifest'),
    sha256: z.string().regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits'),
  }),
  input: z.strictObject({
    tensor: tensorName,
    rows: side,
    columns: side,
    preprocessing: z.enum(['rank-equalised', 'lightness']),
  }),
  outputs: z.discriminatedUnion('kind', [evidenceOutputs, chromaOutputs]),
  /** True where colour is invented from photographs: the object then says SyntheticData YES. */
  photographic: z.boolean(),
  licence: z.string().min(1).max(200),
  golden,
});

export type Manifest = z.infer<typeof manifestSchema>;
