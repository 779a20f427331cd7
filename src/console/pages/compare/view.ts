/** Where a picture stands in its pane: pure, so that all panes agree. */

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The point of the picture in the middle of the pane, in pixels of the picture, and pixels of the screen for each. */
export interface View {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

const mostScale = 16;
/** Of the scale at which the whole picture is seen. */
const leastShare = 0.5;

export function fitScale(pane: Size, picture: Size): number {
  return Math.min(pane.width / picture.width, pane.height / picture.height);
}

/** The whole picture, as large as it may be. */
export function fitted(pane: Size, picture: Size): View {
  return { x: picture.width / 2, y: picture.height / 2, scale: fitScale(pane, picture) };
}

/** One pixel of the picture on one of the display. */
export function pixelForPixel({ x, y }: View, density: number): View {
  return { x: Math.round(x), y: Math.round(y), scale: 1 / density };
}

/** Larger or smaller around a point of the pane, which stays where it is. */
export function zoomed(view: View, factor: number, at: Point, pane: Size, picture: Size): View {
  const least = leastShare * fitScale(pane, picture);
  const scale = Math.min(Math.max(mostScale, least), Math.max(least, view.scale * factor));
  const [dx, dy] = [at.x - pane.width / 2, at.y - pane.height / 2];
  return within(
    {
      scale,
      x: view.x + dx / view.scale - dx / scale,
      y: view.y + dy / view.scale - dy / scale,
    },
    picture,
  );
}

/** Moved by so many pixels of the screen. */
export function panned(view: View, dx: number, dy: number, picture: Size): View {
  return within({ ...view, x: view.x - dx / view.scale, y: view.y - dy / view.scale }, picture);
}

/** The middle of the pane always shows something of the picture. */
function within(view: View, picture: Size): View {
  return {
    ...view,
    x: Math.min(picture.width, Math.max(0, view.x)),
    y: Math.min(picture.height, Math.max(0, view.y)),
  };
}

/** Where the picture's upper left corner stands in the pane: on a whole pixel of the display, so that none is blurred. */
export function cornerOf({ x, y, scale }: View, pane: Size, density: number): Point {
  const whole = (value: number) => Math.round(value * density) / density;
  return { x: whole(pane.width / 2 - x * scale), y: whole(pane.height / 2 - y * scale) };
}
