import { describe, expect, it } from 'vitest';
import { HoldfastError, type ProgressEvent, systemClock } from '../core/index.ts';
import type { Host, Hosts, RunOptions } from '../hosts/index.ts';
import { apply } from './apply.ts';
import { afterSteps, memberSite, planInput, secrets, withHost } from './machines.fixture.ts';
import { type Plan, plan } from './plan.ts';

const fresh = planInput(memberSite);
const applied = { ...fresh, facts: afterSteps(fresh.facts, plan(fresh).steps) };

/** A plan that writes one file on each machine, and nothing that needs a cluster. */
const small: Plan = {
  ...plan(applied),
  steps: ['alpha', 'bravo', 'charlie'].flatMap((host) =>
    ['/etc/a', '/etc/b'].map((path) => ({
      kind: 'write-file' as const,
      host,
      path,
      mode: 0o644,
      content: { kind: 'text' as const, text: path },
      change: 'create' as const,
    })),
  ),
};

/** Machines that take every script and answer as told: real ones are in the lab test. */
function fakeHosts(answer: (host: string, script: string) => Promise<number> | number, lock = 'locked 42-7') {
  const held = new Set<string>();
  const ends = new Map<string, () => void>();
  const host = (name: string): Host => ({
    name,
    async run(script: string) {
      return { exitCode: await answer(name, script), stdout: '', stderr: 'no room' };
    },
    async *lines(_script: string, options: RunOptions = {}) {
      yield lock;
      if (!lock.startsWith('locked')) {
        yield 'erika on laptop';
        return;
      }
      held.add(name);
      const broken = new Promise<void>((resolve) => ends.set(name, resolve));
      const { stdin } = options;
      if (stdin === undefined || typeof stdin === 'string' || stdin instanceof Uint8Array)
        throw new Error('no heartbeat');
      const heard = (async () => {
        for await (const _beat of stdin);
      })();
      await Promise.race([broken, heard]);
      held.delete(name);
    },
    close: async () => {},
  });
  const all = ['alpha', 'bravo', 'charlie'].map(host);
  const close = async () => {};
  const hosts: Hosts = {
    all,
    get: (name) => all.find((each) => each.name === name) ?? host(name),
    close,
    [Symbol.asyncDispose]: close,
  };
  return { hosts, held, breakConnection: (name: string) => ends.get(name)?.() };
}

async function run(
  hosts: Hosts,
  changes: { readonly replan?: () => Promise<Plan>; readonly signal?: AbortSignal; readonly plan?: Plan } = {},
) {
  const events: ProgressEvent[] = [];
  const options = {
    plan: small,
    replan: async () => small,
    hosts,
    secrets,
    clock: systemClock,
    operator: 'me',
    ...changes,
  };
  const failure = await (async () => {
    for await (const event of apply(options)) events.push(event);
  })().catch((error: unknown) => error);
  const finished = events.flatMap((event) => (event.kind === 'task-finished' && event.id !== 'lock' ? [event.id] : []));
  return { events, finished, failure: failure instanceof HoldfastError ? failure : undefined };
}

describe('Applying a plan', () => {
  it('does every step, tells each, holds the lock meanwhile and gives it back', async () => {
    const { hosts, held } = fakeHosts((_host, script) => {
      expect(held.size).toBe(3);
      expect(script).toMatch(/^holdfast_holder='?42-7'?\n/);
      return 0;
    });
    const { finished, failure } = await run(hosts);
    expect(failure).toBeUndefined();
    expect(finished).toHaveLength(6);
    expect(held.size).toBe(0);
  });

  it('is refused while somebody else holds the lock, and says who', async () => {
    const { hosts } = fakeHosts(() => 0, 'busy');
    const { finished, failure } = await run(hosts);
    expect(failure).toMatchObject({ code: 'HF-APPLY-LOCKED', message: expect.stringContaining('erika on laptop') });
    expect(finished).toEqual([]);
  });

  it('is refused when something else would be done than was shown', async () => {
    const { hosts, held } = fakeHosts(() => 0);
    const other = { ...small, steps: small.steps.slice(1) };
    const { finished, failure } = await run(hosts, { replan: async () => other });
    expect(failure?.code).toBe('HF-APPLY-PLAN-CHANGED');
    expect(finished).toEqual([]);
    expect(held.size).toBe(0);
  });

  it('never begins with a problem, neither an old one nor a new one', async () => {
    const bad = plan({ ...fresh, facts: withHost(fresh.facts, 'alpha', () => ({ nodeName: 'delta' })) });
    const { hosts } = fakeHosts(() => 0);
    expect((await run(hosts, { plan: bad })).failure?.code).toBe('HF-PLAN-NODE-NAME');
    expect((await run(hosts, { replan: async () => ({ ...small, problems: bad.problems }) })).failure?.code).toBe(
      'HF-PLAN-NODE-NAME',
    );
  });

  it('lets the other machines finish their stage when one fails, then stops with every problem', async () => {
    const { hosts } = fakeHosts((host, script) => (host !== 'bravo' && script.includes('/etc/a') ? 1 : 0));
    const { finished, failure } = await run(hosts);
    expect(failure?.problems.map(({ code, message }) => [code, message])).toEqual([
      ['HF-APPLY-STEP', expect.stringContaining('write /etc/a on alpha: no room')],
      ['HF-APPLY-STEP', expect.stringContaining('write /etc/a on charlie: no room')],
    ]);
    expect(finished).toEqual([expect.stringContaining('/etc/a on bravo'), expect.stringContaining('/etc/b on bravo')]);
  });

  it('finishes the step in hand when it is interrupted, and begins no other', async () => {
    const abort = new AbortController();
    const { hosts, held } = fakeHosts(async () => {
      abort.abort(new Error('Ctrl-C'));
      await new Promise((resolve) => setTimeout(resolve, 20));
      return 0;
    });
    const { finished, failure } = await run(hosts, { signal: abort.signal });
    expect(finished.length).toBeGreaterThan(0);
    expect(finished.filter((id) => id.includes('/etc/b'))).toEqual([]);
    expect(failure).toMatchObject({
      code: 'HF-APPLY-INTERRUPTED',
      message: `Interrupted after ${finished.length} of 6 steps; each of those is complete.`,
    });
    expect(held.size).toBe(0);
  });

  it('says how far it came also when it is interrupted while it waits for the cluster', async () => {
    const abort = new AbortController();
    const { hosts, held } = fakeHosts((_host, script) => {
      if (!script.includes('crm_mon')) return 0;
      abort.abort(new Error('Ctrl-C'));
      throw abort.signal.reason;
    });
    const waiting: Plan = { ...small, steps: [...small.steps, { kind: 'wait-until-settled', members: ['alpha'] }] };
    const { failure } = await run(hosts, { plan: waiting, replan: async () => waiting, signal: abort.signal });
    expect(failure).toMatchObject({
      code: 'HF-APPLY-INTERRUPTED',
      message:
        'Interrupted after 6 of 7 steps; each of those is complete. ' +
        'This was begun and not waited for: wait until the cluster has settled.',
    });
    expect(held.size).toBe(0);
  });

  it('begins nothing more once the lock is lost', async () => {
    const fake = fakeHosts(async (host) => {
      if (host === 'alpha') fake.breakConnection('charlie');
      await new Promise((resolve) => setTimeout(resolve, 20));
      return 0;
    });
    const { finished, failure } = await run(fake.hosts);
    expect(failure?.code).toBe('HF-APPLY-LOCK-LOST');
    expect(finished.length).toBeLessThan(6);
  });
});
