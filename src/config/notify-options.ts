/** Whom troubles are told, and how. */
import { z } from 'zod';
import { httpUrl, ms, related, secret, text, whole } from './option-kinds.js';
import { templateFault } from './notify-template.js';

const defaultBody = `{{#events}}
{{state}}: {{title}}{{#subject}}: {{subject}}{{/subject}}{{#count}} ({{count}}){{/count}}{{#more}}, {{more}} more than last time{{/more}}
  since {{since}}
  {{next}}
{{/events}}

{{service}} {{url}}
Research software, not for diagnosis.`;

const template = (fallback: string) =>
  z
    .string()
    .min(1)
    .max(8192)
    .check((given) => {
      const fault = templateFault(given.value);
      if (fault === undefined) return;
      given.issues.push({ code: 'custom', message: fault, input: given.value });
    })
    .default(fallback);

export const notify = z
  .strictObject({
    webhookUrl: httpUrl
      .optional()
      .meta(secret)
      .describe('Address that gets each message as JSON; none if left out.'),
    webhookSecret: z
      .string()
      .min(16)
      .max(512)
      .optional()
      .meta({ ...secret, expected: 'text of 16 to 512 characters in quotes' })
      .describe('Key of the signature of each message, as Standard Webhooks has it.'),
    smtpUrl: z
      .url({ protocol: /^smtps?$/ })
      .optional()
      .meta({ ...secret, expected: 'an address: smtp://user:password@host:587' })
      .describe('Mail server, with its user and password; no mail if left out.'),
    mailFrom: text('an address').optional().describe('Sender of mails.'),
    mailTo: text('addresses with commas').optional().describe('Who gets them.'),
    subject: template('[{{service}}] {{summary}}').describe(
      'Mustache template of the subject; its fields stand in docs/operations.md.',
    ),
    body: template(defaultBody).describe('Mustache template of the text.'),
    pauseMs: whole(1000, 86_400_000, 900_000)
      .meta(ms)
      .describe('Shortest time between two messages; what happens meanwhile stands in the next.'),
    patienceMs: whole(0, 86_400_000, 300_000)
      .meta(ms)
      .describe('How long a server must be away, or back again, before it is told.'),
    timeoutMs: whole(1000, 60_000, 10_000).meta(ms).describe('How long one delivery may take.'),
  })
  .refine(({ smtpUrl, mailTo }) => (smtpUrl === undefined) === (mailTo === undefined), {
    ...related('mailTo'),
    error: 'addresses, and notify.smtpUrl beside them',
  })
  .refine(({ smtpUrl, mailFrom }) => smtpUrl === undefined || mailFrom !== undefined, {
    ...related('mailFrom'),
    error: 'an address, as notify.smtpUrl is given',
  });
