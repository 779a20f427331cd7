import { ColouriseError } from '../domain/errors.js';
import type { InstanceRef } from '../domain/job.js';

/**
 * An empty UID in a path would ask for a whole series or study.
 * @throws `MISSING_UID`
 */
export function requireUids(ref: Partial<InstanceRef>): void {
  if (ref.StudyInstanceUID === '' || ref.SeriesInstanceUID === '' || ref.SOPInstanceUID === '') {
    throw new ColouriseError('MISSING_UID', 'Study, Series and SOP Instance UIDs are required');
  }
}
