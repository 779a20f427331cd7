import assert from 'node:assert/strict';
import { capacityOf } from '../../src/domain/capacity.js';
import { hardwareInWords } from '../../src/domain/hardware.js';

describe('how much is done at once', () => {
  it('on a processor: a session for two cores up to 8, and one more image that is fetched ahead', () => {
    assert.deepEqual(capacityOf({ provider: 'cpu' }, 2), {
      sessions: 1,
      batch: 1,
      pictureThreads: 2,
      jobs: 2,
      deliveries: 3,
    });
    assert.deepEqual(capacityOf({ provider: 'cpu' }, 64), {
      sessions: 8,
      batch: 1,
      pictureThreads: 9,
      jobs: 9,
      deliveries: 14,
    });
  });

  it('on CUDA: two full batches, and an image for each thread that reads and draws', () => {
    assert.deepEqual(capacityOf({ provider: 'cuda' }, 12), {
      sessions: 2,
      batch: 4,
      pictureThreads: 12,
      jobs: 20,
      deliveries: 30,
    });
    const { jobs, pictureThreads } = capacityOf({ provider: 'cuda', batch: 16 }, 96);
    assert.deepEqual([jobs, pictureThreads], [48, 16]);
  });

  it('on WebGPU: one session, whatever is asked for', () => {
    assert.equal(capacityOf({ provider: 'webgpu' }, 16).sessions, 1);
    assert.equal(capacityOf({ provider: 'webgpu', sessions: 2 }, 16).sessions, 1);
  });

  it('never more than the images that may be in work, and no session that could not get one', () => {
    for (const provider of ['cpu', 'cuda', 'webgpu'] as const) {
      const capacity = capacityOf({ provider, concurrency: 1 }, 16);
      const { sessions, pictureThreads, jobs, deliveries } = capacity;
      assert.deepEqual([sessions, pictureThreads, jobs, deliveries], [1, 1, 1, 1]);
    }
    assert.equal(capacityOf({ provider: 'cpu', concurrency: 12 }, 16).sessions, 8);
    assert.equal(capacityOf({ provider: 'cuda', concurrency: 4, batch: 4 }, 16).sessions, 1);
  });
});

describe('hardware in words', () => {
  it('names runtime, provider, device, driver, batch and fallback', () => {
    const runtime = 'onnxruntime-node 1.30.0';
    const device = { name: 'NVIDIA L4', id: 1, driver: '580.82.07' };
    assert.equal(
      hardwareInWords({ provider: 'cuda', runtime, device, batch: 4 }),
      'onnxruntime-node 1.30.0 on cuda (NVIDIA L4, GPU 1, driver 580.82.07), 4 pictures at once',
    );
    const fallback = { from: 'cuda', reason: 'no GPU' } as const;
    assert.equal(
      hardwareInWords({ provider: 'cpu', runtime, batch: 1, fallback }),
      'onnxruntime-node 1.30.0 on cpu, instead of cuda, which could not work',
    );
  });
});
