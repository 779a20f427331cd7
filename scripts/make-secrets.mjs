/**
 * Makes the secrets of docker-compose.yml and deploy/kubernetes: random, each its own, in files that git ignores.
 *   node scripts/make-secrets.mjs [folder]      default: secrets
 * What exists already is left alone: nobody is locked out by a second run.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder = 'secrets'] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
// The folder keeps others out; the files are read in containers, by users that this machine does not know.
chmodSync(folder, 0o700);

const made = [];
function secret(name, text = () => randomBytes(24).toString('hex')) {
  const file = join(folder, name);
  if (!existsSync(file)) {
    writeFileSync(file, text(), { mode: 0o644 });
    made.push(name);
  }
  return readFileSync(file, 'utf8').trim();
}

secret('http-token');
secret('monitor-token');
const orthanc = {
  colouriser: secret('orthanc-password'),
  admin: secret('orthanc-admin-password'),
  healthcheck: secret('orthanc-health-password'),
};
secret('orthanc.secret.json', () => `${JSON.stringify({ RegisteredUsers: orthanc }, null, 2)}\n`);
const broker = secret('rabbitmq-password');
secret('rabbitmq.conf', () => `default_user = colouriser\ndefault_pass = ${broker}\n`);
secret('queue-url', () => `amqp://colouriser:${broker}@rabbitmq:5672`);

console.log(made.length > 0 ? `made in ${folder}: ${made.join(', ')}` : `${folder} has all`);
