// Health check of a container: node scripts/probe.mjs PORT [PATH]. Exit code 0 when the answer is good.
const [port, path = '/healthz'] = process.argv.slice(2);
try {
  const { ok } = await fetch(`http://127.0.0.1:${port}${path}`, {
    signal: AbortSignal.timeout(4_000),
  });
  process.exitCode = ok ? 0 : 1;
} catch {
  process.exitCode = 1;
}
