import 'img-comparison-slider';
import { h, type ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

/** The web component moves by arrow keys; we add the role, the name and the value that it lacks. */
export function Wipe({ children }: { readonly children: ComponentChildren }) {
  const slider = useRef<HTMLElement & { readonly value?: number | string }>(null);
  const [share, setShare] = useState(50);
  useEffect(() => {
    const element = slider.current;
    if (!element) return;
    const tell = () => setShare(Math.round(Number(element.value ?? 50)));
    element.addEventListener('slide', tell);
    return () => {
      element.removeEventListener('slide', tell);
    };
  }, []);
  return (
    <div class="wipe">
      {h(
        'img-comparison-slider',
        {
          ref: slider,
          role: 'slider',
          'aria-label': 'Share of the original, from the left',
          'aria-valuemin': 0,
          'aria-valuemax': 100,
          'aria-valuenow': share,
          'aria-valuetext': `${share} per cent original`,
        },
        children,
      )}
      <div class="wipe-labels" aria-hidden="true">
        <span>Original</span>
        <span>With colour</span>
      </div>
    </div>
  );
}
