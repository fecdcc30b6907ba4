import { fileURLToPath } from 'node:url';

/** One way to elect a leader over etcd. */
export interface Contender {
  readonly name: string;
  readonly settings: string;
  /** The time after which it gives up a leader of which it hears nothing, milliseconds. */
  readonly leaseMs: number;
  /** Of the rounds asked for, the part it is given: slow ones get fewer. */
  readonly share: number;
  /** What Node.js runs as one candidate. */
  command(endpoints: readonly string[], key: string, name: string): readonly string[];
}

/** holdfast-elect, its command a sleeping shell. */
export function holdfastElect(leaseMs: number): Contender {
  return {
    name: 'holdfast-elect',
    settings: `lease ${leaseMs} ms`,
    leaseMs,
    share: 1,
    command: (endpoints, key, name) => [
      file('../../packages/election/bin/holdfast-elect.js'),
      ...['--store', `etcd://${endpoints.join(',')}`, '--key', key, '--name', name, '--lease', `${leaseMs}ms`],
      ...['--', 'sh', '-c', 'echo pid=$$; exec sleep 3600'],
    ],
  };
}

/**
 * The package etcd3's Election. Its leases have whole seconds, 60 unless one says otherwise.
 *
 * @param ttlSeconds 1 is the least; etcd itself makes at least 1.5 of its election timeouts of it, rounded up
 * @param members `own`: each candidate knows the member of its own host only. With all of them a standby's watch may hang on the
 *   member that was cut off, and with the package's defaults nothing notices that for minutes.
 */
export function etcd3Election(ttlSeconds: number, members: 'all' | 'own' = 'all'): Contender {
  return {
    name: 'etcd3 Election',
    settings: `ttl ${ttlSeconds} s${members === 'own' ? ', own member only' : ''}`,
    leaseMs: ttlSeconds * 1000,
    share: 0.3,
    command: (endpoints, key, name) => {
      const known = members === 'own' ? endpoints.slice(0, 1) : endpoints;
      return [file('./etcd3-candidate.ts'), known.join(','), key, name, String(ttlSeconds)];
    },
  };
}

/** A model of client-go's leader election with its default timings; see client-go-candidate.ts. */
export const clientGoModel: Contender = {
  name: 'model of client-go',
  settings: 'lease 15 s, renew 10 s, retry 2 s',
  leaseMs: 15_000,
  share: 0.1,
  command: (endpoints, key, name) => [file('./client-go-candidate.ts'), endpoints.join(','), key, name],
};

/** How many rounds this contender is given of those asked for; never less than 3. */
export function roundsOf(contender: Contender, asked: number): number {
  return Math.max(Math.min(3, asked), Math.ceil(asked * contender.share));
}

function file(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}
