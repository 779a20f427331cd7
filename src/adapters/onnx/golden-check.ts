/**
 * A process of its own that answers one model's golden picture and ends: a stranger's network may
 * stall or fall without harm, and can be killed, which a thread inside native code cannot.
 */
import { goldenThumbnail } from '../../models/golden.js';
import type { ModelTask } from './inference-worker.js';

// Before the runtime is loaded: it would report to its maker.
process.env['ORT_DISABLE_TELEMETRY'] = '1';
const { infer } = await import('./inference-worker.js');
const { arrived, crossing } = await import('../threads/crossing.js');

const task = JSON.parse(process.argv[2] ?? '{}') as ModelTask;
const { rows, columns } = task.model.manifest.input;
const crossed = await crossing(async () => {
  const pictures = arrived(await infer({ ...task, thumbnails: [goldenThumbnail(rows, columns)] }));
  pictures.map(arrived);
  return null;
});
process.stdout.write(JSON.stringify(crossed));
