import { z } from 'zod';

/** Beside the files of a model that was installed: when, from where, and what became of it. */
export const installRecordSchema = z.strictObject({
  installedAt: z.string(),
  /** Name of the file, or the address without its query. */
  source: z.string(),
  /** Of the package as it came; of the weights where a folder was installed. */
  sha256: z.string(),
  removedAt: z.string().optional(),
});

export type InstallRecord = z.infer<typeof installRecordSchema>;
