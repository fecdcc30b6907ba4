/**
 * A model of client-go's leader election, not client-go: node client-go-candidate.ts <endpoints> <key> <name>
 *
 * client-go is a Go package and needs a Kubernetes API server; neither is at hand where this bench has to run. What decides how long
 * a takeover takes are its loops and its default timings, and those are here, after tools/leaderelection/leaderelection.go
 * (functions acquire, renew and tryAcquireOrRenew) and the defaults of k8s.io/component-base/config: lease 15 s, renew deadline 10 s,
 * retry period 2 s with a jitter factor of 1.2. The API server's optimistic lock on resourceVersion is etcd's on mod_revision,
 * directly, so that the API server costs the model nothing. As controllers do, it ends when it stops leading.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { etcdStore } from '../../packages/election/src/stores/etcd.ts';

const LEASE_MS = 15_000;
const RENEW_DEADLINE_MS = 10_000;
const RETRY_MS = 2000;
const JITTER_FACTOR = 1.2;

const [endpoints = '', key = '', name = ''] = process.argv.slice(2);
const store = etcdStore({ endpoints: endpoints.split(',').map((each) => `http://${each}`), key });
let observed = { revision: '', holder: '', atMs: Number.NEGATIVE_INFINITY };
let followed = '';
process.once('SIGTERM', () => process.exit(0));

while (!(await tryAcquireOrRenew())) await sleep(RETRY_MS * (1 + Math.random() * JITTER_FACTOR));
process.stdout.write(`pid=${process.pid}\n`);
while (await renewed()) await sleep(RETRY_MS);
process.stderr.write(`elect: no longer leads ${key}: failed to renew\n`);
process.exit(1);

/** Tries again and again until the deadline has passed. */
async function renewed(): Promise<boolean> {
  const deadlineMs = performance.now() + RENEW_DEADLINE_MS;
  const expired = sleep(RENEW_DEADLINE_MS, 'expired' as const);
  while (performance.now() < deadlineMs) {
    const triedMs = performance.now();
    const result = await Promise.race([tryAcquireOrRenew(), expired]);
    if (result !== false) return result === true;
    await sleep(Math.max(0, Math.min(triedMs + RETRY_MS, deadlineMs) - performance.now()));
  }
  return false;
}

async function tryAcquireOrRenew(): Promise<boolean> {
  try {
    // client-go's requests have a timeout of half the renew deadline.
    const signal = AbortSignal.timeout(RENEW_DEADLINE_MS / 2);
    // A leader whose lease holds does not read first, unless its write fails.
    if (observed.holder === name && isValid() && (await written(signal))) return true;
    const found = await store.read(signal);
    if (found !== undefined && found.revision !== observed.revision) {
      observed = { revision: found.revision, holder: holderIn(found.value), atMs: performance.now() };
    }
    if (observed.holder !== name && observed.holder !== '' && isValid()) {
      if (followed !== observed.holder) process.stderr.write(`elect: ${observed.holder} leads ${key}\n`);
      followed = observed.holder;
      return false;
    }
    return await written(signal);
  } catch {
    return false;
  }
}

async function written(signal: AbortSignal): Promise<boolean> {
  const record = JSON.stringify({ holderIdentity: name, renewTime: new Date().toISOString() });
  const result = await store.write(record, observed.revision || undefined, signal);
  if (result.ok) observed = { revision: result.revision, holder: name, atMs: performance.now() };
  return result.ok;
}

function isValid(): boolean {
  return performance.now() < observed.atMs + LEASE_MS;
}

function holderIn(value: string): string {
  const record: unknown = JSON.parse(value);
  return typeof record === 'object' && record !== null && 'holderIdentity' in record
    ? String(record.holderIdentity)
    : '';
}
