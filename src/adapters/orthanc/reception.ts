import { z } from 'zod';
import type { Reception } from '../../domain/rules/facts.js';

/** What Orthanc notes about an instance when it arrives, by its names. */
export const receptionMetadata = z.object({
  ReceptionDate: z.string().optional(),
  RemoteAET: z.string().optional(),
  CalledAET: z.string().optional(),
  RemoteIP: z.string().optional(),
  Origin: z.string().optional(),
});

/** An empty entry says nothing: Orthanc writes one for what did not come by C-STORE. */
export function receptionOf(metadata: z.infer<typeof receptionMetadata>): Reception {
  const receivedAt = dateOf(metadata.ReceptionDate ?? '');
  const facts = {
    remoteAE: metadata.RemoteAET,
    calledAE: metadata.CalledAET,
    remoteIP: metadata.RemoteIP,
    origin: metadata.Origin,
  };
  const said = Object.entries(facts).filter(([, value]) => value !== undefined && value !== '');
  return { ...(receivedAt ? { receivedAt } : {}), ...Object.fromEntries(said) };
}

/** `20261125T195745`, which is UTC. */
function dateOf(text: string): Date | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)$/.exec(text);
  if (!parts) return undefined;
  const [, year, month, day, hour, minute, second] = parts;
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
