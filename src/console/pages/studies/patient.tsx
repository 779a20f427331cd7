import { useState } from 'preact/hooks';
import { asApiError, get, type ApiError } from '../../shell/api.js';
import { Problem } from '../../shell/problem.js';

type Facts = Readonly<Record<string, string | undefined>>;

const words: readonly (readonly [key: string, word: string])[] = [
  ['patientName', 'Name'],
  ['patientId', 'Patient id'],
  ['patientBirthDate', 'Born'],
  ['patientSex', 'Sex'],
  ['accessionNumber', 'Accession number'],
  ['studyDate', 'Study date'],
  ['studyDescription', 'Study'],
];

/** Whom an image is of: asked of the archive at a press, since each look is written into the audit. */
export function PatientFacts({ imageId }: { readonly imageId: string }) {
  const [facts, setFacts] = useState<Facts>();
  const [error, setError] = useState<ApiError>();
  const look = async () => {
    setError(undefined);
    try {
      setFacts(await get<Facts>(`/api/images/${encodeURIComponent(imageId)}/patient`));
    } catch (thrown) {
      setError(asApiError(thrown));
    }
  };
  return (
    <section class="patient">
      <h3>Patient</h3>
      <Problem error={error} />
      {facts ? (
        <dl class="pairs">
          {words.map(([key, word]) =>
            facts[key] === undefined || facts[key] === '' ? null : (
              <div key={key}>
                <dt>{word}</dt>
                <dd>{facts[key]}</dd>
              </div>
            ),
          )}
        </dl>
      ) : (
        <button type="button" class="wa-outlined" onClick={look}>
          Show the patient
        </button>
      )}
    </section>
  );
}
