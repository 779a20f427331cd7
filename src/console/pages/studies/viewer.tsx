import { useEffect, useRef, useState } from 'preact/hooks';
import { announce } from '../../shell/announce.js';
import { useKeys } from '../../shell/keys.js';
import { Wipe } from './wipe.js';
import type { Image } from './words.js';

type Mode = 'wipe' | 'side' | 'toggle';

const modes: readonly { readonly mode: Mode; readonly word: string; readonly key: string }[] = [
  { mode: 'wipe', word: 'Wipe', key: 'w' },
  { mode: 'side', word: 'Side by side', key: 's' },
  { mode: 'toggle', word: 'Toggle', key: 't' },
];

/** The comparison that was chosen stays chosen from one image to the next. */
let chosen: Mode = 'wipe';

/** The picture before and after, in one of three comparisons; the original alone when there is no colour. */
export function Viewer({ image }: { readonly image: Image }) {
  const coloured = image.output !== undefined;
  const frame = useRef<HTMLDivElement>(null);
  const [mode, setMode] = useState(chosen);
  const [showsColour, setShowsColour] = useState(true);

  const choose = (next: Mode) => {
    if (!coloured) return;
    chosen = next;
    setMode(next);
    announce(`${modes.find((each) => each.mode === next)?.word ?? ''} view`);
  };
  /** Original, colour, original … in the mode for that. */
  const flip = () => {
    if (!coloured) return;
    const colour = mode === 'toggle' ? !showsColour : showsColour;
    chosen = 'toggle';
    setMode('toggle');
    setShowsColour(colour);
    announce(colour ? 'With colour' : 'Original');
  };
  const enlarge = () => {
    if (document.fullscreenElement) void document.exitFullscreen();
    else void frame.current?.requestFullscreen();
  };
  useKeys([
    {
      keys: ['w'],
      shown: 'W',
      does: 'Wipe between original and colour',
      act: () => choose('wipe'),
    },
    { keys: ['s'], shown: 'S', does: 'Side by side', act: () => choose('side') },
    { keys: ['t'], shown: 'T', does: 'Toggle original and colour', act: flip },
    { keys: ['f'], shown: 'F', does: 'Full screen', act: enlarge },
  ]);

  return (
    <div class="viewer" ref={frame}>
      <div class="stage" data-mode={coloured ? mode : 'alone'}>
        {coloured ? (
          <Comparison image={image} mode={mode} showsColour={showsColour} flip={flip} />
        ) : (
          <figure>
            <Picture image={image} side="before" />
          </figure>
        )}
      </div>
      <div class="modes" role="group" aria-label="How to compare">
        {coloured &&
          modes.map(({ mode: value, word, key }) => (
            <button
              key={value}
              type="button"
              aria-pressed={mode === value}
              onClick={() => choose(value)}
            >
              {word}
              <kbd>{key.toUpperCase()}</kbd>
            </button>
          ))}
        <button type="button" class="enlarge" onClick={enlarge}>
          Full screen<kbd>F</kbd>
        </button>
      </div>
    </div>
  );
}

interface ComparisonProps {
  readonly image: Image;
  readonly mode: Mode;
  readonly showsColour: boolean;
  readonly flip: () => void;
}

function Comparison({ image, mode, showsColour, flip }: ComparisonProps) {
  switch (mode) {
    case 'wipe':
      return (
        <Wipe>
          <Picture image={image} side="before" slot="first" />
          <Picture image={image} side="after" slot="second" />
        </Wipe>
      );
    case 'side':
      return (
        <div class="pair">
          <figure>
            <Picture image={image} side="before" />
            <figcaption>Original</figcaption>
          </figure>
          <figure>
            <Picture image={image} side="after" />
            <figcaption>With colour</figcaption>
          </figure>
        </div>
      );
    case 'toggle':
      return (
        <button type="button" class="toggle" aria-pressed={showsColour} onClick={flip}>
          <Picture image={image} side="before" hidden={showsColour} />
          <Picture image={image} side="after" hidden={!showsColour} />
          <span class="label">{showsColour ? 'With colour' : 'Original'}</span>
        </button>
      );
  }
}

interface PictureProps {
  readonly image: Image;
  readonly side: 'before' | 'after';
  readonly slot?: string;
  readonly hidden?: boolean;
}

function Picture({ image, side, slot, hidden = false }: PictureProps) {
  const [failed, setFailed] = useState(false);
  useEffect(() => setFailed(false), [image.id]);
  const width = window.innerWidth * window.devicePixelRatio > 2400 ? 2048 : 1024;
  const slotted = slot === undefined ? {} : { slot };
  if (failed) {
    return (
      <p class="no-picture" hidden={hidden} {...slotted}>
        No picture to show
      </p>
    );
  }
  return (
    <img
      src={`/api/images/${encodeURIComponent(image.id)}/${side}.png?width=${width}`}
      alt={side === 'before' ? 'The original radiograph' : 'The radiograph with colour'}
      decoding="async"
      draggable={false}
      hidden={hidden}
      onError={() => setFailed(true)}
      {...slotted}
    />
  );
}
