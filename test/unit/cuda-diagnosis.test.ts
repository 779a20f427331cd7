import assert from 'node:assert/strict';
import { type CudaFindings, explainCuda } from '../../src/adapters/onnx/cuda-diagnosis.js';
import { parseGpus, visibleGpus } from '../../src/adapters/onnx/gpus.js';

const csv = `0, GPU-11111111-aaaa, 580.82.07, NVIDIA H100 80GB HBM3
1, GPU-22222222-bbbb, 580.82.07, NVIDIA L4
`;

/** As the runtime 1.29 said it on a machine without a GPU, shortened in front. */
const failure = (code: number, text: string) =>
  `Error: /onnxruntime_src/onnxruntime/core/providers/cuda/cuda_call.cc:154 onnxruntime::CudaCall(ERRTYPE) [with ERRTYPE = cudaError] CUDA failure ${code}: ${text} ; GPU=-1 ; hostname=vm ; file=/onnxruntime_src/onnxruntime/core/providers/cuda/cuda_execution_provider.cc ; line=345 ; expr=cudaSetDevice(info_.device_id); \n\n`;

const notLoaded = 'OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library';

describe('GPUs as the driver lists them', () => {
  const gpus = parseGpus(csv);

  it('have number, name and driver', () => {
    assert.deepEqual(gpus[1], {
      index: 1,
      uuid: 'GPU-22222222-bbbb',
      driver: '580.82.07',
      name: 'NVIDIA L4',
    });
    assert.deepEqual(parseGpus('No devices were found\n'), []);
  });

  it('are numbered anew by CUDA_VISIBLE_DEVICES, up to its first mistake', () => {
    const names = (list?: string) => visibleGpus(gpus, list).map(({ index }) => index);
    assert.deepEqual(names(), [0, 1]);
    assert.deepEqual(names('1,0'), [1, 0]);
    assert.deepEqual(names('GPU-2222'), [1]);
    assert.deepEqual(names('1,7,0'), [1]);
    assert.deepEqual(names(''), []);
  });
});

describe('why CUDA does not work', () => {
  const sound: CudaFindings = {
    platform: 'linux/x64',
    folder: '/opt/runtime',
    absentFiles: [],
    absentLibraries: [],
    gpus: parseGpus(csv),
  };
  const cases: readonly [string, string, Partial<CudaFindings>, RegExp][] = [
    ['another machine', notLoaded, { platform: 'linux/arm64' }, /needs Linux on x64/],
    [
      'no provider library',
      notLoaded,
      { absentFiles: ['libonnxruntime_providers_cuda.so'] },
      /not installed: libonnxruntime_providers_cuda\.so not in \/opt\/runtime; run `npm run install-cuda`/,
    ],
    [
      'no driver',
      notLoaded,
      { absentLibraries: ['libcublas.so.13', 'libcuda.so.1'], gpus: undefined },
      /no NVIDIA driver .*\(libcuda\.so\.1\)/,
    ],
    ['no CUDA', notLoaded, { absentLibraries: ['libcublas.so.13'] }, /missing: libcublas\.so\.13/],
    [
      'no cuDNN',
      'evidence: Error: CUDNN failure 1001: CUDNN_STATUS_NOT_INITIALIZED ; GPU=0',
      {},
      /cuDNN is missing/,
    ],
    [
      'an old driver',
      failure(35, 'CUDA driver version is insufficient'),
      {},
      /older than the CUDA libraries/,
    ],
    [
      'no GPU',
      failure(100, 'no CUDA-capable device is detected'),
      { gpus: undefined },
      /no GPU is to be found/,
    ],
    [
      'a wrong number',
      failure(101, 'invalid device ordinal'),
      {},
      /no GPU 7 \(inference\.device\): 0 is NVIDIA H100 80GB HBM3, 1 is NVIDIA L4/,
    ],
    [
      'something else',
      failure(2, 'out of memory'),
      { gpus: undefined },
      /^CUDA failure 2: out of memory$/,
    ],
  ];
  for (const [name, message, found, expected] of cases) {
    it(`is told: ${name}`, () => {
      const told = explainCuda(message, 7, { ...sound, ...found });
      assert.match(told, expected);
      assert.doesNotMatch(told, /hostname|onnxruntime_src/);
    });
  }
});
