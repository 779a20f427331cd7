import { openColourTools, type OpenTools } from '../../src/compose/tools.js';
import { loadSettings } from '../../src/config/load-settings.js';

/** Decoding, networks and drawing on real threads, over the models of this repository. */
export function openTestTools(): Promise<OpenTools> {
  const limits = {
    COLOURISER_LIMITS_MAX_PIXELS: '64000000',
    COLOURISER_LIMITS_DECODE_TIMEOUT_MS: '60000',
  };
  return openColourTools(loadSettings(undefined, limits), { concurrency: 1 });
}
