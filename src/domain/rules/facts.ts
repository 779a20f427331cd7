import { completedUnits, type CalendarUnit, type LocalTime } from '../calendar.js';
import { textOf, type DicomDataset } from '../dicom-json.js';
import { drawOf } from '../sampling.js';
import { Tag } from '../tags.js';
import type { PathReading } from './path.js';
import { textsOfAttribute, type ValueKind } from './values.js';
import { dayOfDate } from './values.js';

/** How an instance came into the archive. What the archive does not know is left out. */
export interface Reception {
  readonly receivedAt?: Date;
  /** AE title of the sender, when it came by C-STORE. */
  readonly remoteAE?: string;
  /** AE title that the sender called. */
  readonly calledAE?: string;
  /** Address of the sender. */
  readonly remoteIP?: string;
  /** As Orthanc says it: DicomProtocol, RestApi, Plugins (DICOMweb among them), Lua. */
  readonly origin?: string;
}

/** What a decision is made about. */
export interface Subject {
  readonly attributes: DicomDataset;
  readonly reception?: Reception | undefined;
  /** `receivedAt` by the wall clock of the archive's place. */
  readonly received?: LocalTime | undefined;
}

/** Something that is no attribute of the data set, or is made of several. */
export interface Fact {
  readonly name: string;
  readonly kind: ValueKind;
  readonly withheld: false;
  /** After the last value comes the first: hours of a day. */
  readonly cyclic?: boolean;
  readonly read: (subject: Subject) => PathReading;
  /** Top-level attributes that it is made of. */
  readonly tags: readonly string[];
}

type ArrivalKey = 'remoteAE' | 'calledAE' | 'remoteIP' | 'origin' | 'hour' | 'time' | 'weekday';

const nothing: PathReading = { values: [], missing: 1, opaque: 0 };
const found = (value: string | undefined): PathReading =>
  value === undefined || value === '' ? nothing : { values: [value], missing: 0, opaque: 0 };

function fact(key: ArrivalKey, kind: ValueKind, read: Fact['read'], cyclic = false): Fact {
  return { name: `arrival.${key}`, kind, withheld: false, cyclic, read, tags: [] };
}

const twoDigits = (value: number): string => String(value).padStart(2, '0');
const clockOf = ({ minute }: LocalTime): string =>
  `${twoDigits(Math.floor(minute / 60))}:${twoDigits(minute % 60)}`;

/** What `arrival:` may ask. */
export const arrivalFacts: Readonly<Record<ArrivalKey, Fact>> = {
  remoteAE: fact('remoteAE', 'text', ({ reception }) => found(reception?.remoteAE)),
  calledAE: fact('calledAE', 'text', ({ reception }) => found(reception?.calledAE)),
  remoteIP: fact('remoteIP', 'text', ({ reception }) => found(reception?.remoteIP)),
  origin: fact('origin', 'text', ({ reception }) => found(reception?.origin)),
  hour: fact(
    'hour',
    'number',
    ({ received }) => found(received && String(Math.floor(received.minute / 60))),
    true,
  ),
  time: fact('time', 'time', ({ received }) => found(received && clockOf(received)), true),
  weekday: fact('weekday', 'text', ({ received }) => found(received?.weekday)),
};

const ageUnits: readonly CalendarUnit[] = ['D', 'W', 'M', 'Y'];
/** Days on which the image may have been made, the best first. */
const madeOn = [Tag.StudyDate, Tag.ContentDate, Tag.AcquisitionDate, Tag.SeriesDate];

/**
 * PatientAge, or else the time from PatientBirthDate to the day of the study, in completed units of every kind.
 * Shown in years, below two years in months: more would tell the birth date.
 */
export const ageFact: Fact = {
  name: 'age',
  kind: 'age',
  withheld: false,
  tags: [Tag.PatientAge, Tag.PatientBirthDate, ...madeOn],
  read({ attributes }) {
    const stated = attributes[Tag.PatientAge];
    const values = stated ? textsOfAttribute(stated) : [];
    if (values.length > 0) return { values, missing: 0, opaque: 0 };
    const birthDate = textOf(attributes, Tag.PatientBirthDate);
    const date = madeOn.map((tag) => textOf(attributes, tag)).find((text) => text !== undefined);
    if (birthDate === undefined || date === undefined) return nothing;
    const [birth, day] = [dayOfDate(birthDate), dayOfDate(date)];
    if (birth === undefined || day === undefined || day < birth) {
      return { values: [], missing: 0, opaque: 1 };
    }
    const ages = ageUnits.map((unit) => `${completedUnits(birth, day, unit)}${unit}`);
    const years = completedUnits(birth, day, 'Y');
    const shown = years >= 2 ? `${years}Y` : `${completedUnits(birth, day, 'M')}M`;
    return { values: [ages.join(' ')], shown: [shown], missing: 0, opaque: 0 };
  },
};

const sampledUids = {
  instance: Tag.SOPInstanceUID,
  series: Tag.SeriesInstanceUID,
  study: Tag.StudyInstanceUID,
} as const;

export type Sampled = keyof typeof sampledUids;

/** Where the UID falls in the draw, [0, 100). */
export function sampleFact(of: Sampled, salt: string): Fact {
  const tag = sampledUids[of];
  return {
    name: 'sample',
    kind: 'number',
    withheld: false,
    tags: [tag],
    read({ attributes }) {
      const uid = textOf(attributes, tag);
      if (uid === undefined) return nothing;
      const draw = drawOf(uid, salt);
      return { values: [String(draw)], shown: [draw.toFixed(2)], missing: 0, opaque: 0 };
    },
  };
}
