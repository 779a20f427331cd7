import { pino, type Logger } from 'pino';

/**
 * JSON lines on standard error: standard output belongs to results.
 * Nothing that names a patient is ever handed to it; the paths below are a second line of defence.
 */
export function createLogger(level: string): Logger {
  const redact = ['PatientName', 'PatientID', 'PatientBirthDate'];
  return pino(
    {
      name: 'orthanc-colouriser',
      level,
      redact: redact.flatMap((keyword) => [keyword, `*.${keyword}`]),
    },
    pino.destination({ dest: 2, sync: false }),
  );
}
