import assert from 'node:assert/strict';

/** Whom a test file is about: words that occur nowhere else, so that a leak can be searched for. */
export interface Person {
  readonly PatientName: string;
  readonly PatientID: string;
  /** DICOM DA. */
  readonly PatientBirthDate: string;
}

export function makePerson(number: number): Person {
  return {
    PatientName: `Quarrington${number}^Ottilie`,
    PatientID: `ZQX-${7000 + number}`,
    PatientBirthDate: '19310517',
  };
}

const traces = [/quarrington/i, /ottilie/i, /zqx-/i, /(?<!\d)1931-?05-?17(?!\d)/];

/** Fails where a text tells anything of a person of `makePerson`. */
export function assertNamesNobody(text: string, where: string): void {
  for (const trace of traces) {
    const found = trace.exec(text);
    const around = found && text.slice(Math.max(0, found.index - 200), found.index + 200);
    assert.equal(around, null, `${where} tells who the patient is`);
  }
}
