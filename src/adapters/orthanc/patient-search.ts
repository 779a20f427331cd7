import { z } from 'zod';
import { type ByteSource, joined } from '../../ports/byte-source.js';
import type { PatientFacts, PatientIndex, PatientTerms } from '../../ports/patients.js';
import { parseAnswer, refusal } from './answers.js';
import type { HttpAnswer, HttpClient } from './http-client.js';

const found = z.array(
  z.object({ ID: z.string(), MainDicomTags: z.object({ StudyInstanceUID: z.string() }) }),
);

const text = z.string().exactOptional();
const described = z.object({
  MainDicomTags: z.object({ AccessionNumber: text, StudyDate: text, StudyDescription: text }),
  PatientMainDicomTags: z.object({
    PatientName: text,
    PatientID: text,
    PatientBirthDate: text,
    PatientSex: text,
  }),
});

/**
 * People in one Orthanc, asked by its own interface: there the terms travel in a body, while QIDO-RS would leave them in
 * the access logs of every proxy on the way.
 * @param base Orthanc's address without a slash at its end
 */
export function patientSearch(http: HttpClient, base: string): PatientIndex {
  return {
    async findStudies(terms, limit) {
      const answer = await http.exchange({
        method: 'POST',
        url: `${base}/tools/find`,
        what: 'search of studies',
        body: jsonBody({ Level: 'Study', Query: queryOf(terms), Expand: true, Limit: limit }),
      });
      // Orthanc's own words are left out: they may quote the question.
      if (answer.status !== 200) throw refusal(unquoted(answer));
      return parseAnswer(answer, found)
        .slice(0, limit)
        .map(({ ID, MainDicomTags: { StudyInstanceUID } }) => ({
          StudyInstanceUID,
          studyOrthancId: ID,
        }));
    },
    async describePatient(studyOrthancId) {
      const answer = await http.exchange({
        method: 'GET',
        url: `${base}/studies/${encodeURIComponent(studyOrthancId)}`,
        what: `patient of study ${studyOrthancId}`,
      });
      if (answer.status === 404) return undefined;
      if (answer.status !== 200) throw refusal(unquoted(answer));
      const { MainDicomTags, PatientMainDicomTags } = parseAnswer(answer, described);
      return said({ ...PatientMainDicomTags, ...MainDicomTags });
    },
  };
}

/** @see DICOM PS3.4 C.2.2.2 for the forms of matching */
function queryOf({ PatientName, StudyDate, ...exact }: PatientTerms): Record<string, string> {
  const range = StudyDate === undefined ? undefined : `${StudyDate.from}-${StudyDate.to}`;
  return {
    ...exact,
    ...(PatientName === undefined ? {} : { PatientName: anywhere(PatientName) }),
    ...(range === undefined ? {} : { StudyDate: range }),
  };
}

/** Words in their order, with whatever stands between and around them: the parts of a name are apart by carets. */
function anywhere(name: string): string {
  return `*${name
    .trim()
    .split(/[\s^,]+/)
    .join('*')}*`.replaceAll(/\*+/g, '*');
}

/** An empty attribute says nothing. */
function said(facts: PatientFacts): PatientFacts {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== ''));
}

const unquoted = (answer: HttpAnswer): HttpAnswer => ({ ...answer, body: Buffer.alloc(0) });

function jsonBody(value: object): ByteSource {
  return joined([Buffer.from(JSON.stringify(value))]);
}
