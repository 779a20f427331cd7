/** Where colour series go on to, and how hard that is tried. */
import { z } from 'zod';
import { httpUrl, ms, related, text, whole } from './option-kinds.js';

const ways = ['dicomweb', 'modality', 'peer'] as const;
const ofDicomWeb = ['username', 'passwordFile', 'tokenFile', 'caFile'] as const;

const destination = z
  .strictObject({
    dicomweb: httpUrl
      .optional()
      .meta({
        expected: 'the address of DICOMweb: https://host/dicom-web, without user or password',
      })
      .describe('Address below which STOW-RS answers.'),
    modality: text("a name of Orthanc's DicomModalities")
      .optional()
      .describe('A DICOM modality of Orthanc, which sends by C-STORE.'),
    peer: text("a name of Orthanc's OrthancPeers")
      .optional()
      .describe('A peer of Orthanc, which sends by HTTP.'),
    username: text('text').optional().describe('A user of the DICOMweb server.'),
    passwordFile: text('a path').optional().describe("File with that user's password."),
    tokenFile: text('a path').optional().describe('File with a token, sent as Bearer.'),
    caFile: text('a path')
      .optional()
      .describe(
        'PEM file of the authority behind an `https` address that the system does not know.',
      ),
  })
  .refine((value) => ways.filter((way) => value[way] !== undefined).length === 1, {
    error: 'one of dicomweb, modality and peer',
  })
  .refine(({ dicomweb = 'http://' }) => !/^https?:\/\/[^/]*@/.test(dicomweb), {
    ...related('dicomweb'),
    error: 'no user or password in it: use username and passwordFile',
  })
  .refine(
    (value) => value.dicomweb !== undefined || ofDicomWeb.every((key) => value[key] === undefined),
    {
      ...related('dicomweb'),
      error: 'an address, as credentials are given; those of modalities and peers stand in Orthanc',
    },
  )
  .refine(
    ({ username, passwordFile }) => (username === undefined) === (passwordFile === undefined),
    {
      ...related('passwordFile'),
      error: 'a user and a file with the password, or neither',
    },
  )
  .refine(({ username, tokenFile }) => username === undefined || tokenFile === undefined, {
    ...related('tokenFile'),
    error: 'a user or a token, not both',
  });

export const forward = z
  .strictObject({
    destinations: z
      .record(z.string(), destination)
      .refine(
        (value) => Object.keys(value).every((name) => /^[a-z0-9][a-z0-9-]{0,31}$/i.test(name)),
        {
          error: 'names of letters, digits and dashes, at most 32 of them',
        },
      )
      .default({})
      .meta({ expected: 'a mapping of names to destinations' })
      .describe(
        'Servers that a rule may name in `forward`: a DICOMweb server, or a modality or peer of Orthanc.',
      ),
    timeoutMs: whole(1000, 600_000, 60_000)
      .meta(ms)
      .describe('Longest silence of a destination; sending one image may take ten times as long.'),
    maxAttempts: whole(1, 100, 8).describe(
      'Attempts at one image that a destination answers; one that is away uses up none.',
    ),
    retryBaseMs: whole(10, 600_000, 2000)
      .meta(ms)
      .describe('Pause after the first failed attempt; it doubles each time.'),
    retryMaxMs: whole(10, 86_400_000, 600_000)
      .meta(ms)
      .describe('Longest pause between two attempts.'),
    keepDays: whole(1, 365, 7)
      .meta({ unit: 'days' })
      .describe(
        'How long an image waits for a destination that is away before it counts as failed.',
      ),
  })
  .refine(({ retryBaseMs, retryMaxMs }) => !(retryMaxMs < retryBaseMs), {
    ...related('retryMaxMs'),
    error: 'no less than forward.retryBaseMs',
  });
