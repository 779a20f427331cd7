import { useEffect, useState } from 'preact/hooks';
import type { ImageJson, ModelJson, Wire } from '../../../http/api.js';
import { announce } from '../../shell/announce.js';
import { useKeys } from '../../shell/keys.js';
import { Problem } from '../../shell/problem.js';
import {
  Controls,
  type Mode,
  modes,
  paletteNames,
  referenceOf,
  usualContours,
} from './controls.js';
import { Facts } from './facts.js';
import { Legend } from './legend.js';
import { Pane, type SharedView } from './pane.js';
import { type Opened, type OpenPicture, useDrawn, useSight } from './pictures.js';
import type { Look } from './painting.js';
import { pixelForPixel, type Size } from './view.js';

interface WorkbenchProps {
  readonly opened: Opened;
  readonly image: Wire<ImageJson>;
  readonly models: readonly ModelJson[];
}

/** One image, original and coloured, in the view that was chosen. */
export function Workbench({ opened, image, models }: WorkbenchProps) {
  const [mode, setMode] = useState<Mode>('side');
  const [model, setModel] = useState(() => firstModel(image, models));
  const [look, setLook] = useState<Look>(() => firstLook(image));
  const [view, setView] = useState<SharedView>();
  const [wipe, setWipe] = useState(0.5);
  const [isColour, setColour] = useState(true);
  const { picture, error } = opened;
  const { seen, error: sightError } = useSight(image.id, model);
  const drawn = useDrawn(picture, 'chosen', seen, look);
  const chosen = models.find((each) => referenceOf(each) === model);
  const kind = chosen?.kind ?? 'evidence';
  const change = (part: Partial<Record<keyof Look, unknown>>) => {
    setLook((before) => withoutNothing({ ...before, ...part }));
  };
  useCompareKeys({
    mode,
    setMode,
    setView,
    size: picture?.size,
    setColour,
    look,
    change,
    models,
    model,
    setModel,
  });
  useEffect(() => {
    if (drawn && chosen) announce(`Drawn by ${chosen.title}`);
  }, [drawn === undefined, chosen]);

  const colourLabel = chosen ? `Colour: ${chosen.title}` : 'Colour';
  const shared = picture && { picture: picture.size, view, onView: setView };
  return (
    <div class="workbench">
      <Controls
        {...{ models, model, onModel: setModel, kind, look, mode, onMode: setMode }}
        onLook={change}
        onFit={() => {
          setView(undefined);
        }}
      />
      <Problem error={error ?? sightError} />
      {seen?.refusal && (
        <p class="refused" role="note">
          The pipeline would not colour this picture: {seen.refusal.reason} (
          <code>{seen.refusal.code}</code>). It is drawn here all the same.
        </p>
      )}
      <div class={`panes panes-${mode}`}>
        {!shared && !error && <p class="quiet loading">Loading the picture</p>}
        {shared && mode === 'side' && (
          <>
            <Pane {...shared} label="Original" bitmap={picture.original} />
            <Pane {...shared} label={colourLabel} bitmap={drawn?.bitmap} />
          </>
        )}
        {shared && mode === 'wipe' && (
          <Pane
            {...shared}
            label={`Original, then ${colourLabel.toLowerCase()}`}
            bitmap={picture.original}
            beyond={drawn?.bitmap}
            wipe={wipe}
          >
            <label class="wipe">
              Wipe
              <input
                type="range"
                min="0"
                max="100"
                value={Math.round(100 * wipe)}
                onInput={(event) => {
                  setWipe(Number(event.currentTarget.value) / 100);
                }}
              />
            </label>
          </Pane>
        )}
        {shared && mode === 'toggle' && (
          <Pane
            {...shared}
            label={isColour ? colourLabel : 'Original'}
            bitmap={isColour ? drawn?.bitmap : picture.original}
          >
            <button
              type="button"
              class="quiet-button"
              aria-pressed={isColour}
              onClick={() => {
                setColour(!isColour);
              }}
            >
              Colour <kbd>x</kbd>
            </button>
          </Pane>
        )}
        {shared && mode === 'all' && (
          <>
            <Pane {...shared} label="Original" bitmap={picture.original} />
            {models.map((each) => (
              <ModelPane
                key={referenceOf(each)}
                {...{ image, picture, look, view, onView: setView }}
                model={each}
              />
            ))}
          </>
        )}
      </div>
      <aside class="beside">
        {chosen && mode !== 'all' && (
          <Legend meaning={chosen.meaning} kind={kind} look={look} ramp={drawn?.ramp} />
        )}
        <Facts {...{ image, look, seen }} window={picture?.window} isAll={mode === 'all'} />
      </aside>
    </div>
  );
}

interface ModelPaneProps {
  readonly image: Wire<ImageJson>;
  readonly picture: OpenPicture;
  readonly look: Look;
  readonly view: SharedView;
  readonly onView: (update: (shared: SharedView) => SharedView) => void;
  readonly model: ModelJson;
}

/** The image in the colour of one of several models. */
function ModelPane({ image, picture, look, view, onView, model }: ModelPaneProps) {
  const reference = referenceOf(model);
  const { seen, error } = useSight(image.id, reference);
  const drawn = useDrawn(picture, reference, seen, look);
  return (
    <div class="model-pane">
      <Pane
        picture={picture.size}
        {...{ view, onView }}
        label={`${model.title} (${reference})`}
        bitmap={drawn?.bitmap}
      >
        {seen?.probability !== undefined && <span>score {seen.probability.toFixed(2)}</span>}
      </Pane>
      <p class="quiet">{model.meaning}</p>
      <Problem error={error} />
    </div>
  );
}

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

function useCompareKeys(tools: KeyTools): void {
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

/** That of the stored colour where it is installed, else the one that rules take by default. */
function firstModel(
  { model = '', modelVersion = '' }: Wire<ImageJson>,
  models: readonly ModelJson[],
): string | undefined {
  const own = models.find(({ name, version }) => name === model && version === modelVersion);
  const chosen = own ?? models.find((each) => each.default) ?? models[0];
  return chosen && referenceOf(chosen);
}

function firstLook({ palette, strength, display, contours }: Wire<ImageJson>): Look {
  return withoutNothing({
    palette: palette ?? 'magenta',
    strength: strength ?? 1,
    display: display ?? undefined,
    contours: contours ?? undefined,
  });
}

function withoutNothing(look: Partial<Record<keyof Look, unknown>>): Look {
  const given = Object.entries(look).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as unknown as Look;
}
