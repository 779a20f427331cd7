/** The batching stage over sessions that answer at once: what remains is what the stage costs. */
import { networksOver } from '../src/adapters/onnx/inference-pool.js';
import { startInferenceThreads } from '../src/adapters/onnx/inference-threads.js';
import type { InstalledModel } from '../src/models/registry.js';
import type { Networks } from '../src/ports/networks.js';
import type { Variant } from './inference-stage.js';

export async function openInstantNetworks(
  model: InstalledModel,
  { sessions, threads, batch }: Variant,
): Promise<Networks> {
  const session = { provider: 'cpu', device: 0, threads, batch, maxRunMs: 60_000 } as const;
  const file = new URL('./instant-worker.js', import.meta.url);
  const networks = networksOver(startInferenceThreads(sessions, session, file), {
    ...session,
    sessions,
    batchWaitMs: 3,
  });
  await networks.warm(model);
  return networks;
}
