import { z } from 'zod';
import { weekdays } from '../domain/calendar.js';
import { compressions } from '../domain/job.js';
import type { ConditionSource, RulesSource } from '../domain/rules/source.js';
import type { SchemaNode } from './json-schema.js';

const operand = z
  .union([z.string(), z.number()])
  .meta({ expected: 'text or a number', description: 'Text, number, date, time or age.' });

const operators = z
  .strictObject({
    equals: operand.optional().describe('The same text whatever the case, number, date or name.'),
    in: z.array(operand).min(1).optional().describe('Equal to one of these.'),
    matches: z
      .string()
      .min(1)
      .optional()
      .meta({ expected: 'a pattern in quotes' })
      .describe('RE2 regular expression found anywhere in the text, whatever the case.'),
    exists: z
      .boolean()
      .optional()
      .describe('Whether the attribute has a value. The only test that is never unknown.'),
    range: z
      .strictObject({
        from: operand.optional().describe('Least value, itself included.'),
        to: operand.optional().describe('Greatest value, itself included.'),
      })
      .optional()
      .meta({ minProperties: 1 })
      .describe('Numbers, dates (2026-01-31, today-30d), times (07:30) or ages (18Y, 6M).'),
  })
  .meta({ minProperties: 1 });

const test = z.union([operand, z.array(operand).min(1), operators]).meta({
  id: 'test',
  description: 'A value means equals, a list means in. With several operators all must hold.',
});

const weekday = z.enum(weekdays);

const arrival = z
  .strictObject({
    remoteAE: test.optional().describe('AE title of the sender, when it came by C-STORE.'),
    calledAE: test.optional().describe('AE title that the sender called.'),
    remoteIP: test.optional().describe('Address of the sender.'),
    origin: test.optional().describe('DicomProtocol, RestApi, Plugins (DICOMweb) or Lua.'),
    hour: test.optional().describe('0 to 23 by the wall clock; a range may go over midnight.'),
    time: test.optional().describe('HH:MM by the wall clock; a range may go over midnight.'),
    weekday: z
      .union([weekday, z.array(weekday).min(1)])
      .optional()
      .meta({ expected: `${weekdays.join(', ')}, or a list of them` })
      .describe('Day of the week by the wall clock.'),
  })
  .meta({ id: 'arrival', minProperties: 1 });

const percent = z.number().gt(0).max(100);

const sample = z
  .union([
    percent,
    z.strictObject({
      percent: percent.describe('Share of all, above 0 up to 100.'),
      of: z
        .enum(['instance', 'series', 'study'])
        .optional()
        .describe('Whose UID is drawn; instance if left out.'),
      salt: z
        .string()
        .min(1)
        .max(64)
        .optional()
        .describe('Another text draws another sample, independent of the first.'),
    }),
  ])
  .meta({ id: 'sample', expected: 'a percentage above 0, at most 100, or a mapping with percent' });

/** Offered for completion; any other keyword, `gggg,eeee` or dotted path is as good. */
const commonAttributes = {
  Modality: 'CR, DX, ...',
  BodyPartExamined: 'CHEST, ...',
  ViewPosition: 'PA, AP, LL, ...',
  StudyDescription: 'What was ordered.',
  SeriesDescription: 'What was made.',
  ProtocolName: 'What was chosen at the modality.',
  'ViewCodeSequence.CodeMeaning': 'The view in words.',
  PresentationIntentType: 'FOR PRESENTATION or FOR PROCESSING',
  SOPClassUID: 'Kind of object.',
  ImageType: 'ORIGINAL or DERIVED, PRIMARY or SECONDARY, ...',
  StationName: 'Name of the modality.',
  InstitutionName: 'Where it was made.',
  Manufacturer: 'Maker of the modality.',
  PatientAge: '045Y, 018M, 003W, 002D',
  PatientSex: 'F, M or O',
  StudyDate: 'Day of the study.',
} as const;

const attributes = Object.fromEntries(
  Object.entries(commonAttributes).map(([name, description]) => [
    name,
    test.optional().describe(description),
  ]),
);

const condition: z.ZodType<ConditionSource> = z
  .lazy(() =>
    z
      .object({
        all: z.array(condition).min(1).optional().describe('Every one holds.'),
        any: z.array(condition).min(1).optional().describe('At least one holds.'),
        not: condition.optional().describe('It does not hold.'),
        study: z
          .strictObject({
            some: condition.optional().describe('It holds for at least one image.'),
            every: condition.optional().describe('It holds for all images.'),
            none: condition.optional().describe('It holds for no image.'),
          })
          .optional()
          .meta({ minProperties: 1 })
          .describe('About all images of the study; needs `trigger: stable-study`.'),
        arrival: arrival.optional().describe('How the image came into the archive.'),
        age: test
          .optional()
          .describe('PatientAge, or else from birth date and study date: { range: { from: 18Y } }'),
        sample: sample
          .optional()
          .describe('A stable share of all images in percent, by a hash of the UID.'),
        ...attributes,
      })
      .catchall(test),
  )
  .meta({
    id: 'condition',
    minProperties: 1,
    description:
      'Attributes by keyword, gggg,eeee or dotted path. With several entries all must hold.',
  });

const destination = z.string().min(1).max(32);

const action = z
  .strictObject({
    model: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Name of the model, or one version of it: `evidence@1.0.0`; `models.default` if left out.',
      ),
    version: z
      .string()
      .min(1)
      .optional()
      .meta({ expected: 'a version in quotes' })
      .describe('Takes this version only; the active one if left out.'),
    palette: z
      .enum(['magenta', 'amber', 'blue'])
      .optional()
      .describe('Hue of the evidence; magenta if left out.'),
    strength: z
      .number()
      .gt(0)
      .max(1)
      .optional()
      .describe("Share of the model's full chroma; 1 if left out."),
    banner: z
      .boolean()
      .optional()
      .describe('Burns legend and banner into the lower edge; false if left out.'),
    window: z
      .int()
      .min(1)
      .max(16)
      .optional()
      .describe("Which of the image's windows or VOI LUTs is drawn, from 1; 1 if left out."),
    modality: z
      .enum(['source', 'OT'])
      .optional()
      .describe(
        'Modality of the colour series: that of its source, or OT where hanging protocols must not change.',
      ),
    display: z
      .enum(['srgb', 'gsdf'])
      .optional()
      .describe(
        'Displays on which colour keeps the luminance of its grey: common ones, or those calibrated to the GSDF of PS3.14; srgb if left out.',
      ),
    contours: z
      .union([z.boolean(), z.array(z.number().gt(0).lt(1)).min(1).max(5)])
      .optional()
      .meta({ expected: 'true, false, or one to five levels between 0 and 1' })
      .describe(
        'Lines of equal evidence for readers who do not see hue: true draws them at 0.25, 0.5 and 0.75; none if left out.',
      ),
    compression: z
      .enum(['none', ...compressions])
      .optional()
      .describe(
        'Packs the stored pixels without loss, where the link to the archive or its storage is the bottleneck: `jpeg-2000` makes the smallest files, `jpeg-ls` is read by more viewers, `rle` by nearly all; none if left out, which is the fastest.',
      ),
    shadow: z
      .string()
      .min(1)
      .optional()
      .meta({ expected: 'a model, or one version of it: evidence@1.3.0' })
      .describe(
        'Model that runs beside and stores nothing, to be compared: `evidence@1.3.0`; that of `models shadow` if left out.',
      ),
    forward: z
      .union([destination, z.array(destination).min(1).max(8)])
      .optional()
      .meta({ expected: 'a name of `forward.destinations`, or a list of them' })
      .describe(
        'Destinations of the settings that the colour series goes on to once it is stored; none if left out.',
      ),
  })
  .refine(({ model, version }) => version === undefined || model?.includes('@') !== true, {
    path: ['version'],
    error: 'no version beside that of `model`',
  })
  .meta({ id: 'action', description: 'How to colour.' });

const rule = z
  .strictObject({
    name: z.string().min(1).max(64).describe('Shown with every decision; unique.'),
    when: condition.optional().describe('Matches every image if left out.'),
    trigger: z
      .enum(['instance', 'stable-study'])
      .default('instance')
      .describe(
        'Decides at once on each image, or once the study is stable and all its images are known.',
      ),
    skip: z
      .string()
      .min(1)
      .max(120)
      .optional()
      .describe('Leaves the image alone, for this reason.'),
    colourise: z
      .union([action, z.array(action).min(1).max(8)])
      .optional()
      .meta({ description: 'Makes one colour image for each action.' }),
    priority: z
      .int()
      .min(0)
      .max(9)
      .optional()
      .describe('0 (whenever) to 9 (first); 5 if left out.'),
    recognise: z
      .boolean()
      .optional()
      .describe(
        'Takes also images whose tags are inconclusive (unknown), and leaves the verdict to the image check.',
      ),
    allowWithoutLungs: z
      .boolean()
      .optional()
      .describe('Colours also where the image check finds no lungs.'),
    offHours: z
      .strictObject({
        from: z.string().describe('Begin by the wall clock: 19:00.'),
        to: z.string().describe('First minute after them; they may go over midnight.'),
        weekends: z
          .boolean()
          .optional()
          .describe('Whether Saturday and Sunday belong to them as a whole; false if left out.'),
      })
      .optional()
      .describe('Colours within these hours only; what arrives at another time waits for them.'),
  })
  .meta({ id: 'rule', oneOf: [{ required: ['colourise'] }, { required: ['skip'] }] });

/** The shape of a rules file. Attributes, operands and patterns are checked when it is compiled. */
export const rulesSchema: z.ZodType<RulesSource> = z
  .strictObject({
    rules: z.array(rule).min(1).max(500).describe('The first that matches decides.'),
  })
  .meta({ title: 'Rules of orthanc-colouriser' });

export const rulesJsonSchema = z.toJSONSchema(rulesSchema, {
  target: 'draft-7',
  io: 'input',
}) as SchemaNode;
