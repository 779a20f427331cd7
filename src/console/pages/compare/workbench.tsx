import { useEffect, useState } from 'preact/hooks';
import type { ImageJson, ModelJson, Wire } from '../../../http/api.js';
import { announce } from '../../shell/announce.js';
import { Problem } from '../../shell/problem.js';
import { Controls, type Mode, referenceOf } from './controls.js';
import { Facts } from './facts.js';
import { useCompareKeys } from './keys.js';
import { Legend } from './legend.js';
import { ModelPane } from './model-pane.js';
import { Pane, type SharedView } from './pane.js';
import { type Opened, useDrawn, useSight } from './pictures.js';
import type { Look } from './painting.js';

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
