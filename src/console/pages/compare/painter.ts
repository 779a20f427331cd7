import type { Colouring, GreyImage } from '../../../ports/colouring.js';
import type { Answer, Look, Order } from './painting.js';

export type Painted = Extract<Answer, { readonly bitmap: ImageBitmap }>;

type Sent =
  Omit<Extract<Order, { kind: 'open' }>, 'id'> | Omit<Extract<Order, { kind: 'draw' }>, 'id'>;

interface Wish {
  readonly begin: () => void;
  /** Nobody's wish any more. */
  readonly pass: () => void;
}

interface Place {
  isBusy: boolean;
  /** The newest that waits. */
  next: Wish | undefined;
}

/** Draws away from the page, one wish after the other; of one place only the newest that waits is done. */
export class Painter {
  private readonly worker = new Worker(new URL('./painter.worker.ts', import.meta.url), {
    type: 'module',
  });
  private readonly waiting = new Map<number, (answer: Answer) => void>();
  private readonly places = new Map<string, Place>();
  private count = 0;

  constructor() {
    this.worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
      this.waiting.get(data.id)?.(data);
      this.waiting.delete(data.id);
    });
  }

  /** Makes the table of a palette while the picture is still on its way. */
  prepare(look: Look): void {
    this.worker.postMessage({ kind: 'prepare', look } satisfies Order);
  }

  /** Takes the picture over, and gives it back as it is drawn in grey. */
  open(image: GreyImage): Promise<Painted> {
    return this.ask({ kind: 'open', image }, [image.grey.buffer as ArrayBuffer]);
  }

  /** @returns undefined where a newer wish for the same place came first */
  draw(place: string, colouring: Colouring, look: Look): Promise<Painted | undefined> {
    const known = this.places.get(place) ?? { isBusy: false, next: undefined };
    this.places.set(place, known);
    return new Promise((resolve, reject) => {
      const begin = () => {
        known.isBusy = true;
        known.next = undefined;
        this.ask({ kind: 'draw', colouring, look })
          .then(resolve, reject)
          .finally(() => {
            known.isBusy = false;
            known.next?.begin();
          });
      };
      if (!known.isBusy) {
        begin();
        return;
      }
      known.next?.pass();
      known.next = {
        begin,
        pass: () => {
          resolve(undefined);
        },
      };
    });
  }

  close(): void {
    this.worker.terminate();
  }

  private ask(sent: Sent, transfer: readonly Transferable[] = []): Promise<Painted> {
    const id = (this.count += 1);
    return new Promise((resolve, reject) => {
      this.waiting.set(id, (answer) => {
        if ('fault' in answer) reject(new Error(answer.fault));
        else resolve(answer);
      });
      this.worker.postMessage({ ...sent, id }, [...transfer]);
    });
  }
}
