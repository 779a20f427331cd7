/** What something is called, and its value: undefined where it is not known. */
export type Fact = readonly [name: string, value: string | undefined];

/** A list of names and values, without those that are not known. */
export function KnownFacts({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <dl>
      {facts.map(([name, value]) =>
        value === undefined ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}
