/** What a sweep compares, counts and concludes. */

/** What the ledger knows of an instance that the archive holds. `own` is a colour image of ours. */
export type Fate = 'pending' | 'stored' | 'skipped' | 'failed' | 'own';

/** The balance of an archive's last days: arrived = stored + skipped + failed + pending + missing. */
export interface ArchiveBalance {
  /** Images that the archive holds, our own colour images left out. */
  readonly arrived: number;
  readonly stored: number;
  readonly skipped: number;
  readonly failed: number;
  /** Also what waits for a decision, or stands in a part of the change log that is not yet read. */
  readonly pending: number;
  /** Held by the archive and unknown to the ledger when the sweep looked. */
  readonly missing: number;
}

/** What became of the colour of a stored row. */
export type Finding =
  /** The original stands, its colour is gone: somebody deleted it. */
  | 'outputDeleted'
  /** The colour stands, its original is gone. */
  | 'originalDeleted'
  /** Patient or study data in the colour differ from those of the original now: merged, renamed, corrected. */
  | 'relabelled'
  /** One original has several colours of one model version, or one colour is held for several patients. */
  | 'duplicate';

export interface Example {
  readonly finding: Finding | 'missing';
  /** Orthanc id of a missing image, else the id of the row. */
  readonly id: string;
  readonly SOPInstanceUID: string;
  /** Keywords of what differs, never values. */
  readonly differs?: readonly string[];
}

export interface SweepReport extends ArchiveBalance {
  /** Images that came into the archive since then were compared. */
  readonly since: string;
  /** Missing images that were admitted, to be decided by the rules. */
  readonly admitted: number;
  /** Rows of stored colour that were compared with the archive. */
  readonly compared: number;
  readonly findings: Readonly<Record<Finding, number>>;
  /** Rows that were queued again: colour restored, or made anew under the patient's data of now. */
  readonly requeued: number;
  /** The first of each finding, for a person to look at. */
  readonly examples: readonly Example[];
}

export function emptyReport(since: Date): SweepReport {
  return {
    since: since.toISOString(),
    arrived: 0,
    stored: 0,
    skipped: 0,
    failed: 0,
    pending: 0,
    missing: 0,
    admitted: 0,
    compared: 0,
    findings: { outputDeleted: 0, originalDeleted: 0, relabelled: 0, duplicate: 0 },
    requeued: 0,
    examples: [],
  };
}

/** Of each finding: a report is read by people. */
const mostExamples = 20;

/** One finding more. */
export function noted(report: SweepReport, example: Example): SweepReport {
  const { finding } = example;
  const alike = report.examples.filter((other) => other.finding === finding).length;
  const examples = alike < mostExamples ? [...report.examples, example] : report.examples;
  if (finding === 'missing') return { ...report, examples };
  const findings = { ...report.findings, [finding]: report.findings[finding] + 1 };
  return { ...report, findings, examples };
}

/** The balance in one line, as log and command line say it. */
export function balanceLine({
  arrived,
  stored,
  skipped,
  failed,
  pending,
  missing,
}: Omit<ArchiveBalance, 'missing'> & { readonly missing: number | undefined }): string {
  const sum = `stored ${stored} + skipped ${skipped} + failed ${failed} + pending ${pending}`;
  return `arrived ${arrived} = ${sum}, missing ${missing ?? 'unknown'}`;
}
