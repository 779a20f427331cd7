import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Model } from '../../shell/status.js';
import { drawRamp, hues, type Ramp } from './ramp.js';
import type { Image } from './words.js';

/** How an image was drawn; what is absent is as usual. */
export type Look = Partial<Pick<Image, 'palette' | 'strength' | 'contours' | 'display'>>;

interface Props {
  /** Undefined before anything is known. */
  readonly model: Model | undefined;
  readonly look: Look;
}

const tintWords = 'Pleasing tint without medical meaning';

/** What the colour means and what it does not. */
export function Legend({ model, look }: Props) {
  return (
    <aside class="legend" id="legend" aria-labelledby="legend-title">
      <h2 id="legend-title">What the colour means</h2>
      {model?.kind === 'ab' ? (
        <TintLegend model={model} />
      ) : (
        <EvidenceLegend model={model} look={look} />
      )}
    </aside>
  );
}

/** Under every coloured picture: the shortest true sentence about its colour. Never a guess at what it may mean. */
export function ColourKey({ model, look }: Props) {
  if (model === undefined) {
    return <p class="colour-key">What the colour shows is not known here: its model is not.</p>;
  }
  if (model.kind === 'ab') return <p class="colour-key warning">{tintWords}</p>;
  const { palette = 'magenta' } = look;
  return (
    <p class="colour-key">
      <RampCanvas width={160} height={12} {...rampOf(look)} />
      {palette[0]?.toUpperCase()}
      {palette.slice(1)}: {shownBy(model)}. <strong>Grey does not mean normal.</strong>
    </p>
  );
}

const rampOf = ({ palette = 'magenta', strength = 1, contours = [] }: Look): Ramp => ({
  hue: hues[palette],
  strength,
  contours,
});

/** What the model says its colour shows. */
function shownBy(model: Model | undefined): string {
  const title = model?.title ?? 'Evidence of opacity';
  return `${title[0]?.toLowerCase() ?? ''}${title.slice(1)}`;
}

function EvidenceLegend({ model, look }: Props) {
  const { palette = 'magenta', contours = [], display } = look;
  return (
    <>
      <figure class="ramp">
        <RampCanvas
          width={480}
          height={96}
          label={`Ramp from grey to ${palette}: colour grows with the evidence, brightness stays`}
          {...rampOf(look)}
        />
        <figcaption>
          <span>no evidence found</span>
          <span>full evidence</span>
        </figcaption>
      </figure>
      <ul class="meanings">
        <Meaning title={`Colour marks ${shownBy(model)}`}>
          {model?.meaning} The more {palette}, the more of it. There is only one hue; only its
          strength speaks.
        </Meaning>
        <Meaning title="Brightness is the original">
          {display === 'gsdf'
            ? 'On displays calibrated to PS3.14 every pixel keeps the luminance of the radiograph; on this one it may drift.'
            : 'Every pixel keeps the lightness of the radiograph. Colour hides nothing and sharpens nothing.'}
        </Meaning>
        {contours.length > 0 && (
          <Meaning title="Lines join places of equal evidence">
            They stand at {contours.join(', ')} of full evidence, the innermost highest, and cover
            what lies beneath them. They are no outlines of disease.
          </Meaning>
        )}
        <Meaning title="Grey does not mean normal" look="warning">
          Where there is no colour the network found no evidence. It misses disease, and knows
          nothing but opacity: not the heart, not bone, not lines.
        </Meaning>
        <Meaning title="Not for diagnosis" look="warning">
          Research software. No reader study of learned colour on chest radiographs is known. The
          original stands beside it, unchanged.
        </Meaning>
      </ul>
    </>
  );
}

function TintLegend({ model }: { readonly model: Model }) {
  return (
    <>
      <p class="tint-label">{tintWords}</p>
      <ul class="meanings">
        <Meaning title="The colour says nothing about disease" look="warning">
          {model.name} learnt colour from photographs. It tints healthy and diseased lungs alike.
        </Meaning>
        <Meaning title="Brightness is the original">
          Every pixel keeps the lightness of the radiograph. Colour hides nothing and sharpens
          nothing.
        </Meaning>
        <Meaning title="Not for diagnosis" look="warning">
          Research software. The colour image is marked as synthetic; the original stands beside it,
          unchanged.
        </Meaning>
      </ul>
    </>
  );
}

interface MeaningProps {
  readonly title: string;
  readonly look?: string;
  readonly children: ComponentChildren;
}

function Meaning({ title, look, children }: MeaningProps) {
  return (
    <li class={look}>
      <strong>{title}</strong>
      <span>{children}</span>
    </li>
  );
}

interface CanvasProps extends Ramp {
  readonly width: number;
  readonly height: number;
  /** Left out where the words beside it say it all. */
  readonly label?: string;
}

function RampCanvas({ width, height, label, hue, strength, contours }: CanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current) drawRamp(canvas.current, { hue, strength, contours });
  }, [hue, strength, contours.join()]);
  const spoken =
    label === undefined ? { 'aria-hidden': true } : { role: 'img' as const, 'aria-label': label };
  return <canvas ref={canvas} width={width} height={height} {...spoken} />;
}
