import { useKeys } from '../../shell/keys.js';
import type { ModelJson } from '../../../http/api.js';
import { type Mode, modes, paletteNames, referenceOf, usualContours } from './controls.js';
import type { SharedView } from './pane.js';
import type { Look } from './painting.js';
import { pixelForPixel, type Size } from './view.js';

interface KeyTools {
  readonly mode: Mode;
  readonly setMode: (mode: Mode) => void;
  readonly setView: (update: (shared: SharedView) => SharedView) => void;
  /** Of the picture, once it is there. */
  readonly size: Size | undefined;
  readonly setColour: (turn: (isColour: boolean) => boolean) => void;
  readonly look: Look;
  readonly change: (part: Partial<Record<keyof Look, unknown>>) => void;
  readonly models: readonly ModelJson[];
  readonly model: string | undefined;
  readonly setModel: (model: string) => void;
}

/** Everything that the controls do, by single keys. */
export function useCompareKeys(tools: KeyTools): void {
  const { setMode, setView, size, setColour, look, change, models, model, setModel } = tools;
  const stronger = (by: number) => () => {
    const percent = Math.min(100, Math.max(5, Math.round(100 * look.strength) + by));
    change({ strength: percent / 100 });
  };
  useKeys([
    ...modes.map(({ mode, word, key }) => ({
      keys: [key],
      shown: key,
      does: word,
      act: () => {
        setMode(mode);
      },
    })),
    {
      keys: ['x'],
      shown: 'x',
      does: 'Original or colour',
      act: () => {
        setMode('toggle');
        setColour((isColour) => (tools.mode === 'toggle' ? !isColour : isColour));
      },
    },
    {
      keys: ['m'],
      shown: 'm',
      does: 'Next model',
      act: () => {
        const at = models.findIndex((each) => referenceOf(each) === model);
        const next = models[(at + 1) % models.length];
        if (next) setModel(referenceOf(next));
      },
    },
    {
      keys: ['p'],
      shown: 'p',
      does: 'Next palette',
      act: () => {
        const at = paletteNames.indexOf(look.palette);
        change({ palette: paletteNames[(at + 1) % paletteNames.length] });
      },
    },
    { keys: ['['], shown: '[', does: 'Less colour', act: stronger(-5) },
    { keys: [']'], shown: ']', does: 'More colour', act: stronger(5) },
    {
      keys: ['c'],
      shown: 'c',
      does: 'Contour lines',
      act: () => {
        change({ contours: look.contours ? undefined : usualContours });
      },
    },
    {
      keys: ['0'],
      shown: '0',
      does: 'Show the whole picture',
      act: () => {
        setView(() => undefined);
      },
    },
    {
      keys: ['z'],
      shown: 'z',
      does: 'Single pixels',
      act: () => {
        setView((shared) => singlePixels(shared, size));
      },
    },
  ]);
}

function singlePixels(shared: SharedView, size: Size | undefined): SharedView {
  const view = shared ?? (size && { x: size.width / 2, y: size.height / 2, scale: 1 });
  return view && pixelForPixel(view, window.devicePixelRatio);
}
