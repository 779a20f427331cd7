import { useEffect, useRef, useState } from 'preact/hooks';
import type { ErrorJson, SightJson } from '../../../http/api.js';
import type { Colouring } from '../../../ports/colouring.js';
import { ApiError, asApiError, get } from '../../shell/api.js';
import { Painter, type Painted } from './painter.js';
import type { Look } from './painting.js';
import type { Size } from './view.js';

/** A picture that is open: its grey lies with the painter. */
export interface OpenPicture {
  readonly painter: Painter;
  readonly size: Size;
  readonly original: ImageBitmap;
  /** The window that was applied, in words. */
  readonly window: string;
}

/** Neither while it is on its way. */
export interface Opened {
  readonly picture?: OpenPicture;
  readonly error?: ApiError;
}

/** What most rules draw. */
const usualLook: Look = { palette: 'magenta', strength: 1 };

/** Fetches the displayed grey at full resolution and hands it to a painter of its own. */
export function useOpenPicture(imageId: string): Opened {
  const [known, setKnown] = useState<Opened>({});
  useEffect(() => {
    const leaving = new AbortController();
    const painter = new Painter();
    painter.prepare(usualLook);
    setKnown({});
    openPicture(imageId, painter, leaving.signal).then(
      (picture) => {
        setKnown({ picture });
      },
      (thrown: unknown) => {
        if (!leaving.signal.aborted) setKnown({ error: asApiError(thrown) });
      },
    );
    return () => {
      leaving.abort();
      painter.close();
    };
  }, [imageId]);
  return known;
}

async function openPicture(
  imageId: string,
  painter: Painter,
  signal: AbortSignal,
): Promise<OpenPicture> {
  const answer = await fetch(`/api/images/${imageId}/grey`, { signal });
  if (!answer.ok) throw await refusalOf(answer);
  const said = (name: string) => answer.headers.get(`colouriser-${name}`) ?? '';
  const [Rows, Columns] = [Number(said('rows')), Number(said('columns'))];
  const window = decodeURIComponent(said('window'));
  const grey = new Uint8Array(await answer.arrayBuffer());
  const { bitmap: original } = await painter.open({ Rows, Columns, grey });
  return { painter, original, window, size: { width: Columns, height: Rows } };
}

async function refusalOf(answer: Response): Promise<ApiError> {
  const { code, message, next } = ((await answer.json().catch(() => undefined)) ??
    {}) as Partial<ErrorJson>;
  return new ApiError(code ?? 'UNREACHABLE', message ?? `The answer was ${answer.status}.`, next);
}

/** What a model says about the picture, ready to be drawn. */
export interface Seen extends Omit<SightJson, 'colouring'> {
  readonly colouring: Colouring;
}

/** Loading a network may take a while on a busy machine. */
const longestLookMs = 120_000;

/** Asks a model once, however often its colour is drawn. */
export function useSight(
  imageId: string,
  model: string | undefined,
): { readonly seen?: Seen; readonly error?: ApiError } {
  const [known, setKnown] = useState<{
    readonly key?: string;
    readonly seen?: Seen;
    readonly error?: ApiError;
  }>({});
  const key = `${imageId} ${model ?? ''}`;
  useEffect(() => {
    if (model === undefined) return;
    const leaving = new AbortController();
    const signal = AbortSignal.any([leaving.signal, AbortSignal.timeout(longestLookMs)]);
    get<SightJson>(`/api/images/${imageId}/colouring`, { model }, signal).then(
      (sight) => {
        setKnown({ key, seen: { ...sight, colouring: readColouring(sight.colouring) } });
      },
      (thrown: unknown) => {
        if (!leaving.signal.aborted) setKnown({ key, error: asApiError(thrown) });
      },
    );
    return () => {
      leaving.abort();
    };
  }, [imageId, model]);
  return known.key === key ? known : {};
}

function readColouring(sent: SightJson['colouring']): Colouring {
  const { rows, columns } = sent;
  return sent.kind === 'evidence'
    ? { kind: sent.kind, rows, columns, evidence: floatsOf(sent.evidence) }
    : { kind: sent.kind, rows, columns, ab: floatsOf(sent.ab) };
}

function floatsOf(base64: string): Float32Array {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}

/** The picture in a model's colour; the one before stays until the next is drawn. */
export function useDrawn(
  picture: OpenPicture | undefined,
  place: string,
  seen: Seen | undefined,
  look: Look,
): Painted | undefined {
  const [drawn, setDrawn] = useState<Painted | undefined>();
  const { palette, strength, display, contours } = look;
  const shown = useRef<Seen | undefined>();
  useEffect(() => {
    shown.current = seen;
    return () => {
      shown.current = undefined;
    };
  }, [seen]);
  useEffect(() => {
    if (!picture || !seen) return;
    picture.painter.draw(place, seen.colouring, look).then((painted) => {
      if (!painted) return;
      // What was drawn on the way to a newer look is shown too: the colour follows a slider.
      if (shown.current === seen) setDrawn(painted);
      else painted.bitmap.close();
    }, reportError);
  }, [picture, place, seen, palette, strength, display, contours?.join()]);
  useEffect(() => () => drawn?.bitmap.close(), [drawn]);
  useEffect(() => {
    if (!seen) setDrawn(undefined);
  }, [seen]);
  return drawn;
}
