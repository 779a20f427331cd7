import { createHash } from 'node:crypto';
import type { InstanceRef, Rendering } from '../domain/job.js';

/**
 * Every setting is part of the identity of work; a setting that is forgotten here does not compile.
 * Those of the first release always count, later ones where they are given: so older UIDs stay.
 */
const counts = {
  model: 'always',
  modelVersion: 'always',
  palette: 'always',
  strength: 'always',
  banner: 'always',
  modality: 'always',
  window: 'if given',
  display: 'if given',
  contours: 'if given',
  compression: 'if given',
} as const satisfies Record<keyof Rendering, 'always' | 'if given'>;

const fields = (Object.keys(counts) as (keyof Rendering)[]).sort();

/**
 * The UIDs of the colour instance: functions of its source and its rendering alone,
 * so that doing a thing twice stores one instance.
 * All images of a source series that are rendered alike share one colour series.
 */
export function deriveUids(
  source: InstanceRef,
  rendering: Rendering,
): { readonly SeriesInstanceUID: string; readonly SOPInstanceUID: string } {
  return {
    SeriesInstanceUID: uidFrom(digest('series', source.SeriesInstanceUID, rendering)),
    SOPInstanceUID: uidFrom(digest('instance', source.SOPInstanceUID, rendering)),
  };
}

/** Names one piece of work: 32 hexadecimal digits, from the source's SOP Instance UID and its rendering. */
export function jobId(source: InstanceRef, rendering: Rendering): string {
  return digest('job', source.SOPInstanceUID, rendering).subarray(0, 16).toString('hex');
}

/** A DeviceUID for one installation, from a name that stays with it (host name, or a configured one). */
export function deriveDeviceUid(host: string): string {
  return uidFrom(sha256(['device', host]));
}

function digest(kind: string, uid: string, rendering: Rendering): Buffer {
  return sha256([kind, uid, ...settingsOf(rendering)]);
}

type Part = string | number | boolean | readonly number[];

function settingsOf(rendering: Rendering): readonly Part[] {
  const always = fields.filter((field) => counts[field] === 'always');
  const later = fields.filter((field) => counts[field] === 'if given');
  return [...always, ...later].flatMap((field): readonly Part[] => {
    const value = rendering[field];
    if (value === undefined) return [];
    return counts[field] === 'always' ? [value] : [field, value];
  });
}

/** A JSON array keeps its parts apart: no two different lists read the same. */
function sha256(parts: readonly Part[]): Buffer {
  return createHash('sha256').update(JSON.stringify(parts)).digest();
}

/**
 * A UID of at most 44 characters under the arc of UUIDs, from the first 128 bits of a hash.
 * They are marked as UUID version 8 (custom), which leaves 122 bits of the hash.
 * @see DICOM PS3.5 B.2; RFC 9562 5.8
 */
function uidFrom(hash: Buffer): string {
  const uuid = Buffer.from(hash.subarray(0, 16));
  uuid.writeUInt8((uuid.readUInt8(6) & 0x0f) | 0x80, 6);
  uuid.writeUInt8((uuid.readUInt8(8) & 0x3f) | 0x80, 8);
  return `2.25.${BigInt(`0x${uuid.toString('hex')}`)}`;
}
