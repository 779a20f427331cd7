import { createInferencePool } from '../../src/adapters/onnx/inference-pool.js';
import { createPicturePool } from '../../src/adapters/threads/picture-pool.js';
import type { OpenTools } from '../../src/compose.js';
import { openRegistry } from '../../src/models/registry.js';

/** Decoding, networks and drawing on real threads, over the models of this repository. */
export async function openTestTools(): Promise<OpenTools> {
  const registry = await openRegistry('models');
  const pictures = createPicturePool({ threads: 1, maxPixels: 64e6, decodeTimeoutMs: 60_000 });
  const networks = createInferencePool({ provider: 'cpu', sessions: 1, threads: 1 });
  return {
    registry,
    networks,
    pictures,
    close: async () => {
      await Promise.all([networks.close(), pictures.close()]);
    },
  };
}
