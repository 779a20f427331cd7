/**
 * Does a thing once at a time. Whoever asks while it is under way has it done once more afterwards, however many
 * ask; the promise ends when it has been done since it was asked for.
 */
export function oneAtATime(act: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let again = false;
  const run = async () => {
    try {
      while (again) {
        again = false;
        await act();
      }
    } finally {
      running = undefined;
    }
  };
  return () => {
    again = true;
    return (running ??= run());
  };
}
