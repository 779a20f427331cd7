import { asColouriseError } from '../domain/errors.js';
import type { ModelVersion, Rendering } from '../domain/job.js';
import type { ColouriseAction } from '../domain/rules/decide.js';
import type { Registry } from '../models/registry.js';

/** An action with everything that it left open filled in. @throws `MODEL_NOT_FOUND` */
export function renderingOf(
  action: ColouriseAction,
  registry: Registry,
  defaultModel: string,
): Rendering {
  const { manifest } = registry.get(action.model ?? defaultModel, action.version);
  const levels = contourLevels(action.contours);
  return {
    model: manifest.name,
    modelVersion: manifest.version,
    palette: action.palette ?? 'magenta',
    strength: action.strength ?? 1,
    banner: action.banner ?? false,
    modality: action.modality ?? 'source',
    ...(action.window === undefined || action.window === 1 ? {} : { window: action.window }),
    ...(action.display === 'gsdf' ? { display: 'gsdf' } : {}),
    ...(levels.length > 0 && manifest.outputs.kind === 'evidence' ? { contours: levels } : {}),
    ...(action.compression === undefined || action.compression === 'none'
      ? {}
      : { compression: action.compression }),
  };
}

/**
 * What runs beside a rendering and stores nothing: as the rule says, else as the operator said of the model. A shadow that
 * is not installed is no reason to leave the picture grey.
 * @param onFault hears why a shadow cannot run
 */
export function shadowOf(
  { shadow }: Pick<ColouriseAction, 'shadow'>,
  { model, modelVersion }: ModelVersion,
  registry: Registry,
  onFault: (message: string) => void,
): ModelVersion | undefined {
  const found = shadow === undefined ? registry.shadowOf(model) : installed(shadow);
  if (found === undefined) return undefined;
  const { name, version } = found.manifest;
  if (name === model && version === modelVersion) return undefined;
  return { model: name, modelVersion: version };

  function installed(reference: string) {
    try {
      return registry.get(reference);
    } catch (thrown) {
      onFault(asColouriseError(thrown).message);
      return undefined;
    }
  }
}

const usualLevels = [0.25, 0.5, 0.75];

/** Rising, each once, so that equal wishes are equal work. */
function contourLevels(wanted: ColouriseAction['contours']): readonly number[] {
  if (wanted === undefined || wanted === false) return [];
  return wanted === true ? usualLevels : [...new Set(wanted)].toSorted((one, other) => one - other);
}
