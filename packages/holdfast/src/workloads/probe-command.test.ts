import { execFile, execFileSync } from 'node:child_process';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shellQuote } from '../core/index.ts';
import { probeCommand } from './probe-command.ts';

const answers: Readonly<Record<string, RequestListener>> = {
  '/well': (_, response) => void response.end('ok'),
  '/empty': (_, response) => void response.end(),
  '/no-content': (_, response) => void response.writeHead(204).end(),
  '/elsewhere': (_, response) => void response.writeHead(302, { location: '/well' }).end('moved'),
  '/broken': (_, response) => void response.writeHead(500).end('broken'),
  '/silent': () => undefined,
  '/cut-off': (_, response) => {
    response.writeHead(200, { 'content-length': 1000 });
    response.write('begun');
    setTimeout(() => response.destroy(), 20);
  },
};
const server = createServer((request, response) =>
  (answers[request.url ?? ''] ?? answers['/broken'])?.(request, response),
);

beforeAll(() => new Promise<void>((listening) => server.listen(0, '127.0.0.1', () => listening())));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe('An HTTP probe', () => {
  it('is content with a status 2xx and a body', async () => expect(await healthy('/well')).toBe(true));
  it('is not content with an empty body', async () => expect(await healthy('/empty')).toBe(false));
  it('is not content with a status that has no body', async () => expect(await healthy('/no-content')).toBe(false));
  it('does not follow a redirection', async () => expect(await healthy('/elsewhere')).toBe(false));
  it('is not content with an error that has a body', async () => expect(await healthy('/broken')).toBe(false));
  it('is not content with an answer that breaks off', async () => expect(await healthy('/cut-off')).toBe(false));
  it('gives up on a silent workload in time', async () =>
    expect(await run(probeCommand({ kind: 'http', url: `http://127.0.0.1:${port()}/silent`, ...hasty }))).not.toBe(0));
  it('asks the workload itself, whatever proxy the environment names', async () =>
    expect(await healthy('/well', { http_proxy: 'http://127.0.0.1:1', ALL_PROXY: 'http://127.0.0.1:1' })).toBe(true));
});

describe('A TCP probe', () => {
  it('is content when the port accepts', async () => {
    expect(await run(probeCommand({ kind: 'tcp', host: '127.0.0.1', port: port(), ...timing }))).toBe(0);
  });

  it('is not content when nobody listens', async () => {
    expect(await run(probeCommand({ kind: 'tcp', host: '127.0.0.1', port: 1, ...timing }))).not.toBe(0);
  });
});

describe('A command probe', () => {
  it('has the exit code of its command', async () => {
    expect(await run(probeCommand({ kind: 'command', command: 'test -d / && exit 0', ...timing }))).toBe(0);
    expect(await run(probeCommand({ kind: 'command', command: 'exit 3', ...timing }))).toBe(3);
  });

  it('is ended when it takes too long', async () => {
    expect(await run(probeCommand({ kind: 'command', command: 'sleep 30', ...hasty }))).toBe(124);
  });
});

describe('No value can break out of its place in the shell', () => {
  // Any text at all but NUL, and often what a shell acts on.
  const text = fc
    .oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(fc.constantFrom("'", '"', '\\', '$(', ')', '`', ';', '&', '\n', ' ', '*', 'a', '!', '~'))
        .map((parts) => parts.join('')),
    )
    .filter((value) => !value.includes('\0') && value.isWellFormed());

  it('when it is quoted as one word', () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 20 }), (values) => {
        const printed = execFileSync('sh', ['-c', `printf '%s\\0' ${values.map(shellQuote).join(' ')}`], {
          encoding: 'utf8',
        });
        expect(printed.split('\0').slice(0, -1)).toEqual(values);
      }),
      { numRuns: 60 },
    );
  });

  it('as a URL, a host or a command', () => {
    // In place of the real programs: each prints its arguments and succeeds.
    const say = `say() { printf '%s\\0' "$@" >&2; }; curl() { say "$@"; }; timeout() { say "$@"; }; `;
    fc.assert(
      fc.property(text, (value) => {
        for (const command of [
          probeCommand({ kind: 'http', url: value, ...timing }),
          probeCommand({ kind: 'tcp', host: value, port: 1, ...timing }),
          probeCommand({ kind: 'command', command: value, ...timing }),
        ]) {
          const script = `exec 2>&1 >/dev/null; ${say}${command}; printf 'end\\0' >&2`;
          const words = execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0');
          expect(words).toContain(value);
          expect(words.at(-2)).toBe('end');
        }
      }),
      { numRuns: 40 },
    );
  });

  it('and NUL, which no argument can hold, is refused', () => {
    expect(() => shellQuote('a\0b')).toThrow('NUL');
  });
});

const timing = { intervalMs: 1000, timeoutMs: 10_000 };
const hasty = { ...timing, timeoutMs: 300 };

function port(): number {
  // A server that listens on TCP has an address of this kind.
  const address: AddressInfo | string | null = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

async function healthy(path: string, env: Record<string, string> = {}): Promise<boolean> {
  return (await run(probeCommand({ kind: 'http', url: `http://127.0.0.1:${port()}${path}`, ...timing }), env)) === 0;
}

function run(command: string, env: Record<string, string> = {}): Promise<number> {
  return new Promise((ended) => {
    const child = execFile('/bin/sh', ['-c', command], { env: { PATH: process.env.PATH, ...env } });
    child.on('close', (code) => ended(code ?? -1));
  });
}
