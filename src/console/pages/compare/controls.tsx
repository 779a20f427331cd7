import type { PaletteName } from '../../../domain/job.js';
import type { ModelJson } from '../../../http/api.js';
import type { Look } from './painting.js';

export type Mode = 'side' | 'wipe' | 'toggle' | 'all';

export const modes: readonly {
  readonly mode: Mode;
  readonly word: string;
  readonly key: string;
}[] = [
  { mode: 'side', word: 'Side by side', key: 's' },
  { mode: 'wipe', word: 'Wipe', key: 'w' },
  { mode: 'toggle', word: 'Toggle', key: 't' },
  { mode: 'all', word: 'All models', key: 'a' },
];

export const paletteNames: readonly PaletteName[] = ['magenta', 'amber', 'blue'];
export const usualContours: readonly number[] = [0.25, 0.5, 0.75];

interface ControlsProps {
  readonly models: readonly ModelJson[];
  readonly model: string | undefined;
  readonly onModel: (reference: string) => void;
  readonly kind: 'evidence' | 'ab';
  readonly look: Look;
  readonly onLook: (change: Partial<Look>) => void;
  readonly mode: Mode;
  readonly onMode: (mode: Mode) => void;
  readonly onFit: () => void;
}

export const referenceOf = ({ name, version }: Pick<ModelJson, 'name' | 'version'>): string =>
  `${name}@${version}`;

/** How the picture is shown, and by which model. */
export function Controls(props: ControlsProps) {
  const { models, model, onModel, kind, look, onLook, mode, onMode, onFit } = props;
  const isEvidence = kind === 'evidence';
  return (
    <div class="compare-controls">
      <fieldset class="modes">
        <legend class="unseen">View</legend>
        {modes.map((each) => (
          <label key={each.mode}>
            <input
              type="radio"
              name="mode"
              checked={mode === each.mode}
              onChange={() => {
                onMode(each.mode);
              }}
            />
            {each.word}
          </label>
        ))}
      </fieldset>
      <label>
        Model
        <select
          value={model}
          disabled={mode === 'all'}
          onChange={(event) => {
            onModel(event.currentTarget.value);
          }}
        >
          {models.map((each) => (
            <option key={referenceOf(each)} value={referenceOf(each)}>
              {each.title} ({referenceOf(each)})
            </option>
          ))}
        </select>
      </label>
      <label>
        Palette
        <select
          value={look.palette}
          disabled={!isEvidence && mode !== 'all'}
          onChange={(event) => {
            const chosen = paletteNames.find((name) => name === event.currentTarget.value);
            if (chosen) onLook({ palette: chosen });
          }}
        >
          {paletteNames.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        Strength {Math.round(100 * look.strength)} %
        <input
          type="range"
          min="5"
          max="100"
          step="5"
          value={Math.round(100 * look.strength)}
          onInput={(event) => {
            onLook({ strength: Number(event.currentTarget.value) / 100 });
          }}
        />
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={look.contours !== undefined}
          disabled={!isEvidence && mode !== 'all'}
          onChange={(event) => {
            onLook({ contours: event.currentTarget.checked ? usualContours : undefined } as Look);
          }}
        />
        Contour lines
      </label>
      <button type="button" class="quiet-button" onClick={onFit}>
        Show all <kbd>0</kbd>
      </button>
    </div>
  );
}
