/** Studies to send: chest radiographs of nobody, what is no chest radiograph, and what is broken. */
import type { InstanceRef } from '../../src/domain/job.js';
import type { ErrorCode } from '../../src/domain/errors.js';
import type { SkipCode } from '../../src/domain/job.js';
import { makeChestPhantom, type Phantom } from '../../src/phantom/chest-phantom.js';
import { phantomInstance } from '../../src/phantom/phantom-instance.js';
import { freshUid } from './part10.js';
import { makePerson, type Person } from './people.js';
import { cs, syntheticDicom, us, type SyntheticElement } from './synthetic-dicom.js';

export interface Study extends InstanceRef {
  readonly name: string;
  readonly person: Person;
  readonly part10: Uint8Array;
  /** What must become of it. */
  readonly expected:
    | { readonly state: 'stored' }
    | { readonly state: 'skipped'; readonly code: SkipCode }
    | { readonly state: 'failed'; readonly code: ErrorCode };
}

const stored = { state: 'stored' } as const;
const skipped = (code: SkipCode) => ({ state: 'skipped', code }) as const;
const failed = (code: ErrorCode) => ({ state: 'failed', code }) as const;

/** Drawn once a run: drawing costs a second each, and what varies between the studies is their names. */
const phantoms = new Map<string, Phantom>();

interface Size {
  readonly Columns: number;
  readonly Rows: number;
}

/** Default 640 × 768; odd seeds are clear, even ones have an opacity; every third is MONOCHROME1. */
function phantom(seed: number, size: Size = { Columns: 640, Rows: 768 }): Phantom {
  const key = `${seed} ${size.Columns}`;
  const known = phantoms.get(key);
  if (known) return known;
  const drawn = makeChestPhantom({
    seed,
    ...size,
    opacity: seed % 2 === 0 ? 'left-lower' : 'none',
    photometric: seed % 3 === 0 ? 'MONOCHROME1' : 'MONOCHROME2',
  });
  phantoms.set(key, drawn);
  return drawn;
}

/** How many pictures there are behind all chest studies. */
export const distinctPhantoms = 3;

/** Draws them all now, for a test in which this process must not stand still later. */
export function drawPhantoms(): void {
  for (let seed = 0; seed < distinctPhantoms; seed++) phantom(seed);
}

let people = 0;

interface Subject extends InstanceRef, Person {}

function subject(): Subject {
  return {
    ...makePerson((people += 1)),
    StudyInstanceUID: freshUid(),
    SeriesInstanceUID: freshUid(),
    SOPInstanceUID: freshUid(),
  };
}

function fromPhantom(
  name: string,
  number: number,
  expected: Study['expected'],
  more: { readonly BodyPartExamined?: string; readonly ViewPosition?: string } = {},
  known: Partial<Subject> = {},
): Study {
  const who = { ...subject(), ...known };
  const part10 = phantomInstance(phantom(number % distinctPhantoms), { ...who, ...more });
  return { ...uidsOf(who), name, person: personOf(who), part10, expected };
}

/** A frontal chest radiograph; equal numbers modulo `distinctPhantoms` have equal pixels. */
export function chestStudy(number: number): Study {
  return fromPhantom(`chest ${number}`, number, stored);
}

/** The same at half the size, for those who send hundreds. */
export function smallChestStudy(number: number): Study {
  const who = subject();
  const drawn = phantom(number % distinctPhantoms, { Columns: 320, Rows: 384 });
  return {
    ...uidsOf(who),
    name: `chest ${number}`,
    person: personOf(who),
    part10: phantomInstance(drawn, who),
    expected: stored,
  };
}

/** A frontal view in the study of another image. */
export function chestBeside({ StudyInstanceUID, person }: Study, number: number): Study {
  return fromPhantom(`chest ${number}`, number, stored, {}, { ...person, StudyInstanceUID });
}

/** A lateral view in the study of another image. */
export function lateralBeside({ StudyInstanceUID, person }: Study): Uint8Array {
  const who = { ...subject(), ...person, StudyInstanceUID };
  return phantomInstance(phantom(0), { ...who, ViewPosition: 'LL' });
}

/** A small made-up image under the tags of a chest radiograph, with whatever is changed. */
function fromTags(
  name: string,
  expected: Study['expected'],
  elements: readonly SyntheticElement[],
  rest: {
    readonly without?: string;
    readonly pixelData?: Uint8Array | readonly Uint8Array[];
    readonly transferSyntaxUID?: string;
  } = {},
): Study {
  const who = subject();
  const all: SyntheticElement[] = [
    { tag: '00080018', vr: 'UI', value: who.SOPInstanceUID },
    { tag: '0020000D', vr: 'UI', value: who.StudyInstanceUID },
    { tag: '0020000E', vr: 'UI', value: who.SeriesInstanceUID },
    { tag: '00100010', vr: 'PN', value: who.PatientName },
    { tag: '00100020', vr: 'LO', value: who.PatientID },
    { tag: '00100030', vr: 'DA', value: who.PatientBirthDate },
    cs('00180015', 'CHEST'),
    cs('00185101', 'PA'),
    ...elements,
  ];
  const { without, ...options } = rest;
  const part10 = syntheticDicom({
    ...options,
    elements: {
      ...Object.fromEntries(all.map((element) => [element.tag, element])),
      ...(without === undefined ? {} : { [without]: undefined }),
    },
  });
  return { ...uidsOf(who), name, person: personOf(who), part10, expected };
}

/** Fifteen studies that nobody wants in colour, each with the code of its reason. */
export function otherStudies(): readonly Study[] {
  const part = (BodyPartExamined: string, number: number) =>
    fromPhantom(BodyPartExamined, number, skipped('RULE'), { BodyPartExamined });
  const view = (ViewPosition: string, number: number) =>
    fromPhantom(`view ${ViewPosition}`, number, skipped('RULE'), { ViewPosition });
  const modality = (code: string) =>
    fromTags(`modality ${code}`, skipped('RULE'), [cs('00080060', code)]);
  const frames = new Uint8Array(2 * 8 * 16 * 2);
  return [
    part('HAND', 0),
    part('KNEE', 1),
    part('SKULL', 2),
    view('LL', 0),
    view('RL', 1),
    modality('CT'),
    modality('MR'),
    modality('US'),
    modality('MG'),
    fromTags('raw data', skipped('RULE'), [cs('00080068', 'FOR PROCESSING')]),
    fromTags(
      'colour already',
      skipped('ALREADY_COLOUR'),
      [us('00280002', 3), us('00280006', 0), cs('00280004', 'RGB'), ...bits(8)],
      { pixelData: new Uint8Array(8 * 16 * 3) },
    ),
    fromTags('two frames', skipped('MULTI_FRAME'), [{ tag: '00280008', vr: 'IS', value: '2' }], {
      pixelData: frames.fill(7),
    }),
    fromTags('a ramp', skipped('NO_LUNGS'), []),
    fromTags('one shade', skipped('NO_CONTENT'), [], { pixelData: new Uint8Array(8 * 16 * 2) }),
    fromTags('no body part', skipped('UNKNOWN'), [], { without: '00180015' }),
  ];
}

/** Five files that an archive takes and that cannot be read. */
export function brokenStudies(): readonly Study[] {
  const rubbish = [Uint8Array.from({ length: 400 }, (_, index) => (index * 89) % 256)];
  const encapsulated = (name: string, transferSyntaxUID: string) =>
    fromTags(name, failed('CORRUPT_PIXEL_DATA'), [], { transferSyntaxUID, pixelData: rubbish });
  return [
    fromTags('half of the pixels', failed('MALFORMED'), [], {
      pixelData: new Uint8Array(128),
    }),
    fromTags('no photometric interpretation', failed('MALFORMED'), [], { without: '00280004' }),
    encapsulated('rubbish as JPEG lossless', '1.2.840.10008.1.2.4.70'),
    encapsulated('rubbish as JPEG 2000', '1.2.840.10008.1.2.4.90'),
    encapsulated('rubbish as RLE', '1.2.840.10008.1.2.5'),
  ];
}

/** Sixty studies at once: 40 to be coloured, 15 to be left alone, 5 broken, shuffled in a fixed way. */
export function burst(): readonly Study[] {
  const chests = Array.from({ length: 40 }, (_, number) => chestStudy(number));
  const rest = [...otherStudies(), ...brokenStudies()];
  return chests.flatMap((study, index) =>
    index % 2 === 0 ? [study, ...rest.slice(index / 2, index / 2 + 1)] : [study],
  );
}

function bits(stored: number): readonly SyntheticElement[] {
  return [us('00280100', stored), us('00280101', stored), us('00280102', stored - 1)];
}

function personOf({ PatientName, PatientID, PatientBirthDate }: Person): Person {
  return { PatientName, PatientID, PatientBirthDate };
}

function uidsOf({ StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID }: InstanceRef): InstanceRef {
  return { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID };
}
