import { openModelSession, type Runner } from '../../src/adapters/onnx/model-session.js';
import { openRegistry } from '../../src/models/registry.js';

describe('a network in eight bits', function () {
  this.timeout(120_000);

  it('answers its golden picture in floating point as well, as GPUs compute it', async () => {
    process.env['ORT_DISABLE_TELEMETRY'] = '1';
    const { InferenceSession } = await import('onnxruntime-node');
    const model = (await openRegistry('models')).get('evidence');
    const inFloats = (): Promise<Runner> =>
      InferenceSession.create(model.weightsFile, { graphOptimizationLevel: 'disabled' });
    const options = { device: 0, threads: 1, batch: 1, maxRunMs: 60_000 };
    // As on CUDA: rejects where the gate would.
    await openModelSession(model, { ...options, provider: 'cuda' }, inFloats);
  });
});
