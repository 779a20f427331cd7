/**
 * Runs inside a worker thread: `run()` and `create()` of the runtime block their thread.
 * One session a model and thread, kept until the thread ends.
 */
import type { InstalledModel } from '../../models/registry.js';
import type { Colouring } from '../../ports/colouring.js';
import { crossing, type Crossing } from '../threads/crossing.js';
import { type ModelSession, openModelSession, type SessionOptions } from './model-session.js';
import { colouringOf } from './outputs.js';

export interface ModelTask {
  readonly model: InstalledModel;
  readonly options: SessionOptions;
}

export interface BatchTask extends ModelTask {
  readonly thumbnails: readonly Float32Array[];
}

/** What a thread does, over sessions that are opened in this way. */
export function sessionTasks(open: typeof openModelSession) {
  const sessions = new Map<string, Promise<ModelSession>>();

  /** A thread serves one provider in its life, so weights are name enough. */
  async function sessionOf({ model, options }: ModelTask): Promise<ModelSession> {
    const key = model.manifest.weights.sha256;
    const known = sessions.get(key);
    if (known) return known;
    const opening = open(model, options);
    sessions.set(key, opening);
    opening.catch(() => sessions.delete(key));
    return opening;
  }

  return {
    /** Pictures through one network; a fault of one of them is that of its entry alone. */
    infer: (task: BatchTask): Promise<Crossing<readonly Crossing<Colouring>[]>> =>
      crossing(async () => {
        const session = await sessionOf(task);
        const outputs = await session.run(task.thumbnails);
        return Promise.all(outputs.map((each) => crossing(() => colouringOf(task.model, each))));
      }),
    /** Loads a model, gate included, without a picture. */
    load: (task: ModelTask): Promise<Crossing<void>> =>
      crossing(async () => {
        await sessionOf(task);
      }),
    /** Does the hardware still compute as it did at the gate? */
    check: (task: ModelTask): Promise<Crossing<void>> =>
      crossing(async () => {
        await (await sessionOf(task)).check();
      }),
  };
}

export const { infer, load, check } = sessionTasks(openModelSession);
