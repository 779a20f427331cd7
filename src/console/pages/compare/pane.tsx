import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import {
  cornerOf,
  fitted,
  panned,
  pixelForPixel,
  type Point,
  type Size,
  type View,
  zoomed,
} from './view.js';

/** Undefined shows the whole picture, whatever size the pane has. */
export type SharedView = View | undefined;

type Act = (view: View, pane: Size, picture: Size) => SharedView;
type Change = (act: Act) => void;

interface PaneProps {
  readonly label: string;
  readonly picture: Size;
  /** What is shown; undefined while it is drawn. */
  readonly bitmap: ImageBitmap | undefined;
  /** Another one to the right of the wipe. */
  readonly beyond?: ImageBitmap | undefined;
  /** Where the wipe stands, [0, 1]. */
  readonly wipe?: number;
  readonly view: SharedView;
  readonly onView: (update: (shared: SharedView) => SharedView) => void;
  readonly children?: ComponentChildren;
}

const keyStep = 60;
const keyZoom = 1.25;

/** A picture that can be moved and enlarged by mouse, touch and keyboard. */
export function Pane({ label, picture, bitmap, beyond, wipe, view, onView, children }: PaneProps) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [pane, setPane] = useState<Size>({ width: 0, height: 0 });
  const change: Change = (act) => {
    onView((shared) => act(shared ?? fitted(pane, picture), pane, picture));
  };
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = () => {
      setPane({ width: element.clientWidth, height: element.clientHeight });
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, []);
  const shown = view ?? fitted(pane, picture);
  useLayoutEffect(() => {
    if (canvas.current && pane.width > 0) {
      paint(canvas.current, pane, shown, { bitmap, beyond, wipe, picture });
    }
  }, [bitmap, beyond, wipe, shown.x, shown.y, shown.scale, pane.width, pane.height]);
  usePointers(box, change);

  const onKeyDown = (event: KeyboardEvent) => {
    const act = keyActs[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    change(act);
  };
  return (
    <figure class="pane">
      <div
        class="pane-box"
        ref={box}
        tabIndex={0}
        role="group"
        aria-roledescription="picture"
        aria-label={`${label}: arrows move, plus and minus enlarge, z shows single pixels, 0 all`}
        data-drawn={bitmap !== undefined && (wipe === undefined || beyond !== undefined)}
        data-scale={shown.scale.toFixed(4)}
        data-x={shown.x.toFixed(1)}
        data-y={shown.y.toFixed(1)}
        onKeyDown={onKeyDown}
      >
        <canvas ref={canvas} aria-hidden="true" />
      </div>
      <figcaption>
        <span>{label}</span>
        {children}
      </figcaption>
    </figure>
  );
}

const middle = ({ width, height }: Size): Point => ({ x: width / 2, y: height / 2 });
const larger = (factor: number) => (view: View, pane: Size, picture: Size) =>
  zoomed(view, factor, middle(pane), pane, picture);
const moved = (dx: number, dy: number) => (view: View, _: Size, picture: Size) =>
  panned(view, dx, dy, picture);

const keyActs: Readonly<Record<string, Act>> = {
  ArrowLeft: moved(keyStep, 0),
  ArrowRight: moved(-keyStep, 0),
  ArrowUp: moved(0, keyStep),
  ArrowDown: moved(0, -keyStep),
  '+': larger(keyZoom),
  '=': larger(keyZoom),
  '-': larger(1 / keyZoom),
  '0': () => undefined,
  z: (view) => pixelForPixel(view, window.devicePixelRatio),
};

interface Shown {
  readonly bitmap: ImageBitmap | undefined;
  readonly beyond: ImageBitmap | undefined;
  readonly wipe: number | undefined;
  readonly picture: Size;
}

function paint(
  canvas: HTMLCanvasElement,
  pane: Size,
  view: View,
  { bitmap, beyond, wipe, picture }: Shown,
): void {
  const density = window.devicePixelRatio;
  const [width, height] = [Math.round(pane.width * density), Math.round(pane.height * density)];
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext('2d', { alpha: false });
  if (!context) return;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = '#000';
  context.fillRect(0, 0, width, height);
  const corner = cornerOf(view, pane, density);
  context.setTransform(density, 0, 0, density, 0, 0);
  context.imageSmoothingEnabled = view.scale * density < 1;
  context.imageSmoothingQuality = 'high';
  const place = [
    corner.x,
    corner.y,
    picture.width * view.scale,
    picture.height * view.scale,
  ] as const;
  if (bitmap) context.drawImage(bitmap, ...place);
  if (wipe === undefined || !beyond) return;
  const edge = wipe * pane.width;
  context.save();
  context.beginPath();
  context.rect(edge, 0, pane.width - edge, pane.height);
  context.clip();
  context.drawImage(beyond, ...place);
  context.restore();
  context.fillStyle = '#fff';
  context.fillRect(edge - 0.5, 0, 1, pane.height);
}

/** One finger or button moves, two fingers and the wheel enlarge. */
function usePointers(box: { readonly current: HTMLDivElement | null }, change: Change): void {
  const latest = useRef(change);
  latest.current = change;
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const down = new Map<number, Point>();
    const pointOf = (event: MouseEvent): Point => {
      const { left, top } = element.getBoundingClientRect();
      return { x: event.clientX - left, y: event.clientY - top };
    };
    const onDown = (event: PointerEvent) => {
      element.setPointerCapture(event.pointerId);
      down.set(event.pointerId, pointOf(event));
    };
    const onMove = (event: PointerEvent) => {
      const before = down.get(event.pointerId);
      if (!before) return;
      const now = pointOf(event);
      const others = [...down.entries()].filter(([id]) => id !== event.pointerId);
      down.set(event.pointerId, now);
      const [[, other] = []] = others;
      latest.current((view, pane, picture) => {
        if (!other) return panned(view, now.x - before.x, now.y - before.y, picture);
        const factor = apart(now, other) / Math.max(1, apart(before, other));
        const centre = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
        const [dx, dy] = [(now.x - before.x) / 2, (now.y - before.y) / 2];
        return zoomed(panned(view, dx, dy, picture), factor, centre, pane, picture);
      });
    };
    const onUp = (event: PointerEvent) => void down.delete(event.pointerId);
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const factor = Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015));
      const at = pointOf(event);
      latest.current((view, pane, picture) => zoomed(view, factor, at, pane, picture));
    };
    element.addEventListener('pointerdown', onDown);
    element.addEventListener('pointermove', onMove);
    element.addEventListener('pointerup', onUp);
    element.addEventListener('pointercancel', onUp);
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => {
      element.removeEventListener('pointerdown', onDown);
      element.removeEventListener('pointermove', onMove);
      element.removeEventListener('pointerup', onUp);
      element.removeEventListener('pointercancel', onUp);
      element.removeEventListener('wheel', onWheel);
    };
  }, []);
}

function apart(one: Point, other: Point): number {
  return Math.hypot(one.x - other.x, one.y - other.y);
}
