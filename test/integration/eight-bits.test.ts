import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
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

  it('has weights whose products also processors without VNNI sum without overflow', async () => {
    const { weightsFile } = (await openRegistry('models')).get('evidence');
    const largest = `
import sys, onnx
from onnx import numpy_helper
arrays = [numpy_helper.to_array(each) for each in onnx.load(sys.argv[1]).graph.initializer]
print(max(abs(array.astype(int)).max() for array in arrays if array.dtype == "int8" and array.ndim == 4))`;
    const found = execFileSync('/usr/bin/python3', ['-c', largest, weightsFile]).toString();
    assert.ok(2 * 255 * Number(found) < 2 ** 15, found);
  });
});
