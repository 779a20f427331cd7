/** What the reader can mend: shown as one line, without a stack. The message says how. */
export class Obstacle extends Error {
  override readonly name = 'Obstacle';
}
