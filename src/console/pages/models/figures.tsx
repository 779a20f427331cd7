/** One measured figure, as `evaluation.json` holds it. */
interface Figure {
  readonly property: string;
  readonly metric: string;
  readonly group?: string;
  readonly value: number | null;
  readonly low?: number;
  readonly high?: number;
  readonly films: number;
  readonly bar?: string;
  readonly reached?: boolean;
}

interface Evaluation {
  readonly evaluatedAt: string;
  readonly data: string;
  readonly runtime: string;
  readonly intervals: string;
  readonly rows: readonly Figure[];
}

const precise = new Intl.NumberFormat('en-GB', { maximumSignificantDigits: 3 });

/** What was measured of a version, with the bars that it reaches and misses. */
export function Figures({ figures, name }: { readonly figures: unknown; readonly name: string }) {
  if (!isEvaluation(figures)) {
    return <p>Nothing was measured of this version. Agreement with another is no measure.</p>;
  }
  return (
    <>
      <div class="scroll" tabIndex={0} role="group" aria-label={`Figures of ${name}`}>
        <table>
          <thead>
            <tr>
              {['Property', 'Figure', 'Films', 'Value (95 %)', 'Bar'].map((word) => (
                <th key={word} scope="col">
                  {word}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {figures.rows.map((row, index) => (
              <tr key={index} data-reached={row.reached}>
                <td>{row.property}</td>
                <td>{row.metric}</td>
                <td>{[row.group, row.films].filter((fact) => fact !== undefined).join(', ')}</td>
                <td>{valueOf(row)}</td>
                <td>{barOf(row)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="quiet">
        Measured in the product's own path on {figures.evaluatedAt.slice(0, 10)}: {figures.runtime}.
        Intervals: {figures.intervals}.
      </p>
    </>
  );
}

function valueOf({ value, low, high }: Figure): string {
  if (value === null) return 'not measured';
  const whole = precise.format(value);
  if (low === undefined || high === undefined) return whole;
  return `${whole} (${precise.format(low)} to ${precise.format(high)})`;
}

function barOf({ bar, reached }: Figure): string {
  if (bar === undefined) return '';
  return reached === undefined ? bar : `${bar}: ${reached ? 'reached' : 'missed'}`;
}

function isEvaluation(figures: unknown): figures is Evaluation {
  return typeof figures === 'object' && figures !== null && 'rows' in figures;
}
