/** The samples of an exposition: `name{label="value"}` → value. Lines that are none of these throw. */
export function samplesOf(text: string): ReadonlyMap<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const [, series = '', value = ''] =
        /^([a-z_][a-z0-9_]*(?:\{[^{}]*\})?) (\S+)$/.exec(line) ?? unreadable(line);
      return [series, Number(value)] as const;
    }),
  );
}

/** Names of all metrics, as their TYPE lines say. */
export function metricNames(text: string): readonly string[] {
  return [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name = '']) => name);
}

function unreadable(line: string): never {
  throw new Error(`not a sample: ${line}`);
}
