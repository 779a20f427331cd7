import { asColouriseError, type ColouriseError } from '../domain/errors.js';
import { openRegistry, type Registry } from './registry.js';

/** The registry of a process that runs for months: it sees what was installed, activated or barred meanwhile. */
export interface LiveRegistry extends Registry {
  /** Looks now. @throws what `admit` throws, or `MODEL_INVALID`; the models of before stay then */
  reload(): Promise<void>;
  /** Looks every few seconds from now on; a change that was not admitted is tried again. */
  follow(options: FollowOptions): void;
  close(): void;
}

export interface FollowOptions {
  readonly pollMs: number;
  /** Whether the next models may take over from those of before: throws where they may not. */
  readonly admit: (next: Registry, before: Registry) => Promise<void>;
  readonly onChange: (next: Registry) => void;
  /** Not repeated for the same words. */
  readonly onFault: (fault: ColouriseError) => void;
}

/** @throws as `openRegistry` */
export async function openLiveRegistry(shipped: string, installed: string): Promise<LiveRegistry> {
  let current = await openRegistry(shipped, installed);
  let following: FollowOptions | undefined;
  let looking: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let told = '';

  const look = async () => {
    const next = await openRegistry(shipped, installed);
    if (fingerprint(next) === fingerprint(current)) return;
    await following?.admit(next, current);
    current = next;
    told = '';
    following?.onChange(next);
  };
  const lookAgain = async ({ onFault }: FollowOptions) => {
    try {
      await reload();
    } catch (thrown) {
      const fault = asColouriseError(thrown);
      if (fault.message !== told) onFault(fault);
      told = fault.message;
    }
  };
  /** One look at a time, in the order asked for. */
  const reload = () => {
    looking = looking.catch(() => undefined).then(look);
    return looking;
  };

  return {
    get models() {
      return current.models;
    },
    get entries() {
      return current.entries;
    },
    get shadows() {
      return current.shadows;
    },
    get: (reference, version) => current.get(reference, version),
    recogniser: () => current.recogniser(),
    shadowOf: (name) => current.shadowOf(name),
    reload,
    follow(options) {
      following = options;
      timer = setInterval(() => void lookAgain(options), options.pollMs);
      timer.unref();
    },
    close() {
      clearInterval(timer);
    },
  };
}

/** Equal for registries that answer alike. */
function fingerprint({ entries, shadows }: Registry): string {
  return JSON.stringify([
    entries.map(({ model: { manifest }, state }) => [manifest.name, manifest.version, state]),
    Object.entries(shadows).sort(),
  ]);
}
