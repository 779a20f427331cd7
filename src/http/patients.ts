import { z } from 'zod';
import type { PatientTerms } from '../ports/patients.js';
import { image, imageId, imageState, modelName } from './answers.js';
import { imageJson } from './api.js';
import { HttpError } from './failures.js';
import { nextStep } from './images.js';
import { route, type Route } from './route.js';
import type { HttpDependencies } from './server.js';

/** Studies that the archive is asked for; who meets more is told to say more. */
const mostStudies = 200;

/** Without what DICOM takes for a list, and without control characters. */
const term = z
  .string()
  .trim()
  .min(1)
  .max(64)
  .regex(/^[^\\\p{Cc}]+$/u, 'expected text without backslashes')
  .regex(/[^*?\s^,]/, 'expected more than wildcards');
const day = z.iso.date();

const search = z
  .strictObject({
    patientId: term.optional().describe('`*` and `?` stand for any text and one character.'),
    patientName: term.optional().describe('Found anywhere in the name, whatever the case.'),
    accessionNumber: term.optional(),
    studyDateFrom: day.optional().describe('Included, as the day after.'),
    studyDateTo: day.optional(),
    state: imageState.optional(),
    model: modelName.optional(),
    before: imageId.optional().describe('`next` of the page before.'),
    limit: z.int().min(1).max(500).default(50),
  })
  .refine(
    ({ patientId, patientName, accessionNumber, studyDateFrom, studyDateTo }) =>
      [patientId, patientName, accessionNumber, studyDateFrom, studyDateTo].some(Boolean),
    { error: 'expected a patient id, a name, an accession number or a date' },
  );

const patient = z.strictObject({
  patientName: z.string().optional(),
  patientId: z.string().optional(),
  patientBirthDate: z.string().optional(),
  patientSex: z.string().optional(),
  accessionNumber: z.string().optional(),
  studyDate: z.string().optional(),
  studyDescription: z.string().optional(),
});

/** What names a person: asked of the archive at that moment, kept nowhere, and only in the bodies of these two. */
export function patientRoutes({
  ledger,
  patients,
}: Pick<HttpDependencies, 'ledger' | 'patients'>): readonly Route[] {
  return [
    route({
      method: 'post',
      path: '/api/images/search',
      role: 'operator',
      audit: 'patient.search',
      summary: 'Images of a patient, an accession number or a study date, newest first.',
      body: search,
      answer: z.strictObject({
        images: z.array(image),
        next: z.string().optional().describe('`before` of the next page; absent on the last.'),
        studies: z.int().min(0).describe('How many the archive holds.'),
        truncated: z.boolean().describe(`Whether there are more than ${mostStudies}.`),
      }),
      handler: async ({ body: { state, model, before, limit, ...rest }, note }) => {
        const found = await patients.findStudies(termsOf(rest), mostStudies + 1);
        const studies = found.slice(0, mostStudies);
        // Which terms were used, never what they were.
        note({ target: 'studies', details: { studies: found.length } });
        const rows = ledger.images({
          studies,
          ...(state === undefined ? {} : { state }),
          ...(model === undefined ? {} : { model }),
          ...(before === undefined ? {} : { before }),
          withoutOwnOutput: true,
          limit: limit + 1,
        });
        const shown = rows.slice(0, limit);
        const last = rows.length > limit ? shown.at(-1) : undefined;
        return {
          images: shown.map((row) => imageJson(row, nextStep(row))),
          ...(last && { next: last.id }),
          studies: studies.length,
          truncated: found.length > mostStudies,
        };
      },
    }),
    route({
      method: 'get',
      path: '/api/images/:id/patient',
      role: 'operator',
      audit: 'patient.look',
      summary: 'Whom an image is of, as the archive says now.',
      params: z.strictObject({ id: imageId }),
      answer: patient,
      handler: async ({ params }) => {
        const study = ledger.image(params.id)?.source?.studyOrthancId;
        if (study === undefined) throw new HttpError('NOT_FOUND', 'No image has this id.');
        const facts = await patients.describePatient(study);
        if (!facts) throw new HttpError('NOT_FOUND', 'The archive no longer holds this study.');
        return Object.fromEntries(
          Object.entries(facts).map(([keyword, value]) => [lowerFirst(keyword), value]),
        );
      },
    }),
  ];
}

const lowerFirst = (keyword: string) =>
  keyword.replace(/^PatientID$/, 'PatientId').replace(/^./, (first) => first.toLowerCase());

function termsOf({
  patientId,
  patientName,
  accessionNumber,
  studyDateFrom,
  studyDateTo,
}: Pick<
  Partial<z.output<typeof search>>,
  'patientId' | 'patientName' | 'accessionNumber' | 'studyDateFrom' | 'studyDateTo'
>): PatientTerms {
  const from = studyDateFrom?.replaceAll('-', '') ?? '';
  const to = studyDateTo?.replaceAll('-', '') ?? '';
  return {
    ...(patientId === undefined ? {} : { PatientID: patientId }),
    ...(patientName === undefined ? {} : { PatientName: patientName }),
    ...(accessionNumber === undefined ? {} : { AccessionNumber: accessionNumber }),
    ...(from + to === '' ? {} : { StudyDate: { from, to } }),
  };
}
