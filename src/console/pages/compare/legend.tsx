import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Look } from './painting.js';

interface LegendProps {
  /** What the model's maker says that its colour shows. */
  readonly meaning: string;
  readonly kind: 'evidence' | 'ab';
  readonly look: Look;
  /** RGB of each level over a middle grey. */
  readonly ramp: Uint8Array | undefined;
}

/** What the colour means, and what it does not. */
export function Legend({ meaning, kind, look, ramp }: LegendProps) {
  return (
    <section class="legend" aria-labelledby="legend-title">
      <h2 id="legend-title">What the colour means</h2>
      <p>{meaning}</p>
      {kind === 'evidence' && ramp && <Ramp ramp={ramp} look={look} />}
      <ul>
        {kind === 'evidence' ? (
          <>
            <li>More colour is more evidence, on one scale for every film.</li>
            <li>
              <strong>Grey does not mean normal.</strong> The model sees opacities in lungs alone,
              and misses some.
            </li>
            <li>Where there is colour, there need not be disease.</li>
          </>
        ) : (
          <li>
            <strong>A tint without meaning.</strong> It is invented from photographs and says
            nothing about the patient.
          </li>
        )}
        <li>Lightness is that of the original: nothing is hidden or made up in the grey.</li>
        {look.display === 'gsdf' && (
          <li>Drawn for displays that are calibrated to the GSDF; on others lightness shifts.</li>
        )}
        <li>Research software, not for diagnosis. The original image decides.</li>
      </ul>
    </section>
  );
}

function Ramp({ ramp, look }: { readonly ramp: Uint8Array; readonly look: Look }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    const levels = ramp.length / 3;
    const row = context.createImageData(levels, 1);
    for (let level = 0; level < levels; level++) {
      row.data.set(ramp.subarray(3 * level, 3 * level + 3), 4 * level);
      row.data[4 * level + 3] = 255;
    }
    context.putImageData(row, 0, 0);
  }, [ramp]);
  return (
    <div class="ramp">
      <canvas
        ref={canvas}
        width={ramp.length / 3}
        height={1}
        role="img"
        aria-label={`From grey, no evidence, to full ${look.palette}, evidence of 1`}
      />
      <div class="ramp-ends" aria-hidden="true">
        <span>0: grey, no evidence</span>
        {look.contours && <span>lines at {look.contours.join(', ')}</span>}
        <span>1</span>
      </div>
    </div>
  );
}
