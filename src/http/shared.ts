/**
 * One question for all who ask within `maxAgeMs`: answering costs something, and every open page asks after every
 * change.
 */
export function shared<T>(ask: () => Promise<T>, maxAgeMs: number): () => Promise<T> {
  let answer: Promise<T> | undefined;
  let until = 0;
  return () => {
    if (!answer || Date.now() >= until) {
      until = Date.now() + maxAgeMs;
      answer = ask();
    }
    return answer;
  };
}
