import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../core/index.ts';
import type { Host } from '../hosts/index.ts';
import { parseSite } from '../site/index.ts';
import type { Danger } from './danger.ts';
import { drill } from './drill.ts';
import type { DrillEnvironment } from './environment.ts';
import type { FaultName } from './fault-names/index.ts';
import type { MachineKind } from './faults/index.ts';
import { type DrillOptions, usualPace } from './options.ts';
import type { DrillEvent, Operation } from './types.ts';

const text = readFileSync(new URL('../site/golden/press-line.yaml', import.meta.url), 'utf8');
const site = parseSite(text, { file: 'site.yaml', readFile: () => '-----BEGIN CERTIFICATE-----' });

const unclean: Danger = {
  code: 'HF-STATUS-UNCLEAN',
  where: 'alpha',
  message: 'It is lost and not fenced yet.',
  remedy: 'Look at it.',
  command: 'stonith_admin --confirm alpha',
};
const noQuorum: Danger = {
  ...unclean,
  code: 'HF-STATUS-NO-QUORUM',
  command: "holdfast start-alone '<site>' alpha",
};
/** What is said of a machine that boots. */
const unreachable: Danger = { ...unclean, code: 'HF-STATUS-UNREACHABLE', command: 'ssh alpha true' };

describe('drill', () => {
  test('cuts the power of the active node, measures, heals, and passes', async () => {
    const world = fakeWorld();
    const events = await readAll(drill(site, options('power-cut'), world.environment, never()));
    const last = events.at(-1);
    if (last?.kind !== 'report') throw new Error('the last event is no report');
    const [result] = last.report.drills;
    expect(result?.reasons).toEqual([]);
    expect(result).toMatchObject({ fault: 'power-cut', node: 'alpha', outcome: 'pass', lost: 0, twoActive: false });
    expect(result?.rtoSeconds).toBeGreaterThan(0.3);
    expect(result?.rtoSeconds).toBeLessThan(0.9);
    expect(world.done).toEqual([
      'arm alpha',
      'cut alpha',
      'restore bravo',
      'restore alpha',
      'disarm alpha',
      'close client',
    ]);
    const kinds = events.map(({ kind }) => kind);
    expect(kinds.indexOf('fault-injected')).toBeLessThan(kinds.indexOf('service-restored'));
  });

  test('does not know whether two were active when no journal says when the state was mounted', async () => {
    const world = fakeWorld({ tellsOfResources: false });
    const events = await readAll(drill(site, options('power-cut'), world.environment, never()));
    const finished = events.find((event) => event.kind === 'drill-finished');
    expect(finished?.result).toMatchObject({ outcome: 'unknown', twoActive: null });
    expect(finished?.result.reasons.join()).toContain(
      'the journal of bravo does not tell when it had the state mounted',
    );
  });

  test('calls durability proven where the machine lost its power and its memory, which no container does', async () => {
    for (const [machines, durability] of [
      ['real', 'proven'],
      ['virtual-machines', 'proven'],
      ['containers', 'not-proven'],
    ] as const) {
      const events = await readAll(drill(site, options('power-cut'), fakeWorld({ machines }).environment, never()));
      expect(events.find((event) => event.kind === 'drill-finished')?.result.durability).toBe(durability);
    }
  });

  test('fails when an acknowledged write is not read back', async () => {
    const world = fakeWorld({ forgets: 1 });
    const events = await readAll(drill(site, options('power-cut'), world.environment, never()));
    const finished = events.find((event) => event.kind === 'drill-finished');
    expect(finished?.result).toMatchObject({ outcome: 'fail', lost: 1 });
  });

  test('restores the power when it is interrupted during the outage, and still reports', async () => {
    const world = fakeWorld({ staysDown: true });
    const interruption = new AbortController();
    const events: DrillEvent[] = [];
    for await (const event of drill(site, options('power-cut'), world.environment, interruption.signal)) {
      events.push(event);
      if (event.kind === 'fault-injected') interruption.abort(new Error('Ctrl-C'));
    }
    expect(world.done.slice(1)).toEqual(['cut alpha', 'restore alpha', 'disarm alpha', 'close client']);
    expect(events.at(-1)).toMatchObject({ kind: 'report', report: { drills: [] } });
  });

  test('restores the power when nobody reads its events any more', async () => {
    const world = fakeWorld({ staysDown: true });
    for await (const event of drill(site, options('power-cut'), world.environment, never())) {
      if (event.kind === 'fault-injected') break;
    }
    expect(world.done.slice(1)).toEqual(['cut alpha', 'restore alpha', 'disarm alpha', 'close client']);
  });

  describe('a fault after which nobody may serve', () => {
    const refused = 'fencing-dead-then-power-cut';

    test('passes when nobody served, somebody was told why, and service is back after the healing', async () => {
      const world = fakeWorld({ staysDown: true, healingHelps: true, said: [unclean] });
      const events = await readAll(drill(site, options(refused), world.environment, never()));
      const finished = events.find((event) => event.kind === 'drill-finished');
      expect(finished?.result.reasons).toEqual([]);
      expect(finished?.result).toMatchObject({ expected: 'refused', outcome: 'pass', rtoSeconds: null });
      expect(finished?.result.afterHealingSeconds).toBeGreaterThanOrEqual(0);
      expect(finished?.result.notes).toContain(
        'status said: alpha: It is lost and not fenced yet. Look at it. `stonith_admin --confirm alpha`',
      );
    });

    test('counts the refusal from when the machine that came back has decided, not from the cut', async () => {
      const alone = fakeWorld({ staysDown: true, healingHelps: true, said: [noQuorum], refusesAfterMs: 3200 });
      const events = await readAll(drill(site, options('blackout-one-returns'), alone.environment, never()));
      const finished = events.find((event) => event.kind === 'drill-finished');
      expect(finished?.result).toMatchObject({ outcome: 'pass', reasons: [] });
      expect(finished?.result.notes[0]).toMatch(/had decided to start nothing 3\.\d s after the fault/);
      // Nothing undoes itself meanwhile: not while it may boot, nor while it is watched, nor while it may boot once more.
      const { readyLimitMs, refusedForMs } = options('blackout-one-returns').pace;
      expect(Math.min(...alone.armedForMs)).toBeGreaterThan(2 * readyLimitMs + refusedForMs);
      expect(alone.watchedMs()).toBeGreaterThanOrEqual(3200 + 800);
    });

    test('does not know whether a machine would have refused that did not come up in time', async () => {
      const world = fakeWorld({ staysDown: true, healingHelps: true, said: [unreachable], refusesAfterMs: 60_000 });
      const events = await readAll(drill(site, options('blackout-one-returns'), world.environment, never()));
      const finished = events.find((event) => event.kind === 'drill-finished');
      expect(finished?.result).toMatchObject({
        outcome: 'unknown',
        reasons: [
          expect.stringContaining('within 1 s what was left of the cluster did not decide to start nothing (it boots)'),
        ],
      });
    });

    test('fails when somebody served all the same', async () => {
      const world = fakeWorld({ said: [unclean] });
      const events = await readAll(drill(site, options(refused), world.environment, never()));
      const finished = events.find((event) => event.kind === 'drill-finished');
      expect(finished?.result.outcome).toBe('fail');
      expect(finished?.result.reasons.join()).toContain('bravo served after');
    });

    test.each([
      ['nothing dangerous', []],
      ['HF-STATUS-UNREACHABLE of alpha', [unreachable]],
      ['HF-STATUS-UNCLEAN of alpha', [{ ...unclean, command: 'journalctl -b' }]],
    ])('fails when nobody was told what to do: status found %s', async (found, said) => {
      const world = fakeWorld({ staysDown: true, healingHelps: true, said });
      const events = await readAll(drill(site, options(refused), world.environment, never()));
      const finished = events.find((event) => event.kind === 'drill-finished');
      expect(finished?.result.outcome).toBe('fail');
      expect(finished?.result.reasons).toEqual([
        `nobody was told what to do: of alpha, \`holdfast status\` did not say HF-STATUS-UNCLEAN with \`stonith_admin --confirm …\`; it found ${found}`,
      ]);
    });
  });

  test('leaves out what the site or its machines do not allow, and says why', async () => {
    const both = { ...options('power-cut'), leaveOut: true, faults: ['kernel-panic', 'power-cut'] as const };
    const events = await readAll(drill(site, both, fakeWorld().environment, never()));
    const report = events.at(-1);
    if (report?.kind !== 'report') throw new Error('the last event is no report');
    expect(report.report.leftOut).toEqual([
      { fault: 'kernel-panic', because: 'containers share the kernel of this computer, which would panic' },
    ]);
    expect(report.report.drills.map(({ fault }) => fault)).toEqual(['power-cut']);
  });

  test('does not take for recovery what came back only because the drill healed it', async () => {
    const world = fakeWorld({ staysDown: true, healingHelps: true });
    const events = await readAll(drill(site, options('power-cut'), world.environment, never()));
    const finished = events.find((event) => event.kind === 'drill-finished');
    expect(finished?.result).toMatchObject({ outcome: 'fail', rtoSeconds: null });
  });

  test('breaks nothing when a node lacks what a later fault needs', async () => {
    const world = fakeWorld({ lacksNft: true });
    const both = { ...options('power-cut'), faults: ['power-cut', 'network-cut'] as const };
    const reading = readAll(drill(site, both, world.environment, never()));
    await expect(reading).rejects.toThrow(
      'network-cut cannot be done on press-line: bravo lacks the package nftables.',
    );
    expect(world.done).toEqual([]);
  });

  test('does not do a fault whose dead-man cannot be armed', async () => {
    const world = fakeWorld({ mayArm: 0 });
    const reading = readAll(drill(site, options('power-cut'), world.environment, never()));
    await expect(reading).rejects.toThrow('no timer');
    expect(world.done).not.toContain('cut alpha');
  });

  test('names in the report what was not done any more when a drill could not be done', async () => {
    const world = fakeWorld({ mayArm: 1 });
    const three = { ...options('power-cut'), faults: ['power-cut', 'passive-power-cut', 'planned-move'] as const };
    const events: DrillEvent[] = [];
    const reading = async () => {
      for await (const event of drill(site, three, world.environment, never())) events.push(event);
    };
    await expect(reading()).rejects.toThrow('no timer');
    const report = events.at(-1);
    if (report?.kind !== 'report') throw new Error('the last event is no report');
    expect(report.report.drills.map(({ fault }) => fault)).toEqual(['power-cut']);
    const because = 'passive-power-cut could not be done, and ended the run';
    expect(report.report.leftOut).toEqual([
      { fault: 'passive-power-cut', because },
      { fault: 'planned-move', because },
    ]);
  });

  test('and what was not done so often as it was to be', async () => {
    const world = fakeWorld({ mayArm: 1 });
    const twice = { ...options('power-cut'), repeat: 2 };
    const events: DrillEvent[] = [];
    const reading = async () => {
      for await (const event of drill(site, twice, world.environment, never())) events.push(event);
    };
    await expect(reading()).rejects.toThrow('no timer');
    const report = events.at(-1);
    if (report?.kind !== 'report') throw new Error('the last event is no report');
    expect(report.report.leftOut).toEqual([
      { fault: 'power-cut', because: 'power-cut could not be done, and ended the run, after 1 of 2' },
    ]);
  });

  test('says that service did not come back, and heals', async () => {
    const world = fakeWorld({ staysDown: true });
    const events = await readAll(drill(site, options('power-cut'), world.environment, never()));
    const finished = events.find((event) => event.kind === 'drill-finished');
    expect(finished?.result).toMatchObject({ outcome: 'fail', rtoSeconds: null, interruptionSeconds: null });
    expect(world.done).toContain('restore alpha');
  });
});

function options(fault: FaultName): DrillOptions {
  const pace = {
    ...usualPace,
    refusedForMs: 800,
    deadManMs: 2500,
    pollEveryMs: 50,
    steadyMs: 200,
    longestWriteMs: 60,
    outageLimitMs: 1500,
    readyLimitMs: 1000,
  };
  return { faults: [fault], leaveOut: false, repeat: 1, pace };
}

interface Behaviour {
  readonly staysDown?: boolean;
  /** So many dead-men, and no more. */
  readonly mayArm?: number;
  /** Alpha serves again as soon as its power is restored. */
  readonly healingHelps?: boolean;
  /** Whether the journals say when state and address were taken over. */
  readonly tellsOfResources?: boolean;
  /** Bravo has no nft. */
  readonly lacksNft?: boolean;
  /** So many of the acknowledged writes are gone in the end. */
  readonly forgets?: number;
  readonly machines?: MachineKind;
  /** What status says. */
  readonly said?: readonly Danger[];
  /** So long after the cut the cluster has decided to start nothing. */
  readonly refusesAfterMs?: number;
}

/** A site in which bravo serves 400 ms after alpha has lost its power. */
function fakeWorld({
  staysDown = false,
  mayArm = Number.POSITIVE_INFINITY,
  healingHelps = false,
  tellsOfResources = true,
  lacksNft = false,
  forgets = 0,
  machines = 'containers',
  said = [],
  refusesAfterMs = 0,
}: Behaviour = {}) {
  const done: string[] = [];
  const armedForMs: number[] = [];
  let cutAtMs = Number.POSITIVE_INFINITY;
  const takeoverMs = () => cutAtMs + (staysDown ? Number.POSITIVE_INFINITY : 400);
  let isHealed = false;
  let explainedAtMs: number | undefined;
  const server = () => {
    const nowMs = Date.now();
    if (isHealed) return { node: 'alpha', start: 3 };
    if (nowMs < cutAtMs) return { node: 'alpha', start: 1 };
    return nowMs >= takeoverMs() ? { node: 'bravo', start: 2 } : undefined;
  };

  const host = (name: string): Host => ({
    name,
    async run(script) {
      if (script.includes('nft') && name === 'bravo' && lacksNft) return { exitCode: 127, stdout: '', stderr: '' };
      if (script === 'date +%s%N') return { exitCode: 0, stdout: `${Date.now()}000000\n`, stderr: '' };
      const stdout = script.startsWith('logger')
        ? journalLine(Date.now())
        : script.includes('journalctl')
          ? journalOf(name, cutAtMs, takeoverMs(), tellsOfResources)
          : '/system.slice/ledger.service\n';
      return { exitCode: 0, stdout, stderr: '' };
    },
    async *lines() {},
    async close() {},
  });

  const environment: DrillEnvironment = {
    clock: systemClock,
    members: ['alpha', 'bravo', 'charlie'].map(host),
    machines,
    async explain() {
      explainedAtMs = Date.now();
      return said;
    },
    probe: { open: () => fakeClient(server, forgets, done) },
    power: {
      async cut(node) {
        done.push(`cut ${node}`);
        cutAtMs = Date.now();
        return { atMs: cutAtMs, offAtMs: cutAtMs + 1 };
      },
      async restore(node) {
        done.push(`restore ${node}`);
        // A blackout gives alpha its power back while the fault lasts.
        isHealed = healingHelps && (refusesAfterMs === 0 || explainedAtMs !== undefined);
      },
      async armRestore(node, afterMs) {
        if (armedForMs.length >= mayArm) throw new Error('no timer');
        armedForMs.push(afterMs);
        done.push(`arm ${node}`);
      },
      async disarmRestore(node) {
        done.push(`disarm ${node}`);
      },
    },
    async readCluster(signal) {
      signal.throwIfAborted();
      const refuses = Date.now() >= cutAtMs + refusesAfterMs;
      const isDark = Date.now() >= cutAtMs && !isHealed && !refuses;
      return {
        active: server()?.node ?? 'bravo',
        missing: isDark ? ['it boots'] : [],
        settledWithout: false,
        refuses,
      };
    },
    moveAwayFrom: () => Promise.reject(new Error('nothing moves here')),
    budgetSeconds: () => 8,
    budgetCountsFromLastBoot: () => false,
    description: { machines: 'containers', cpus: 2, tokenMs: 1000, notes: [] },
  };
  return { environment, done, armedForMs, watchedMs: () => (explainedAtMs ?? cutAtMs) - cutAtMs };
}

function fakeClient(server: () => { node: string; start: number } | undefined, forgets: number, done: string[]) {
  const acknowledged: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  let index = 0;
  return {
    startLoad(
      { prefix, ratePerSecond }: { prefix: string; ratePerSecond: number },
      onOperation: (each: Operation) => void,
    ) {
      const periodMs = 1000 / ratePerSecond;
      const startMs = Date.now();
      timer = setInterval(() => {
        while (startMs + index * periodMs <= Date.now()) {
          const key = `${prefix}${index}`;
          const intendedAtMs = startMs + index * periodMs;
          const servedBy = server();
          if (servedBy !== undefined) acknowledged.push(key);
          const times = { intendedAtMs, invokedAtMs: intendedAtMs, completedAtMs: Date.now() };
          onOperation({ key, ...times, ...(servedBy ? { result: 'ok', servedBy } : { result: 'fail' }) });
          index += 1;
        }
      }, 5);
    },
    async stopLoad() {
      clearInterval(timer);
      return { skipped: 0 };
    },
    async readBack() {
      return acknowledged.slice(forgets);
    },
    async close() {
      clearInterval(timer);
      done.push('close client');
    },
  };
}

const beganMs = Date.now();

function journalLine(atMs: number, fields: Readonly<Record<string, string>> = {}): string {
  return JSON.stringify({
    __CURSOR: 'c',
    __REALTIME_TIMESTAMP: `${Math.round(atMs * 1000)}`,
    __MONOTONIC_TIMESTAMP: `${Math.round((atMs - beganMs) * 1000)}`,
    _BOOT_ID: 'first',
    MESSAGE: '',
    ...fields,
  });
}

function journalOf(name: string, cutAtMs: number, takeoverMs: number, tellsOfResources: boolean): string {
  const begin = journalLine(cutAtMs - 1);
  if (name !== 'bravo' || !Number.isFinite(takeoverMs)) return begin;
  const executor = (MESSAGE: string) =>
    journalLine(takeoverMs - 2, { SYSLOG_IDENTIFIER: 'pacemaker-controld', MESSAGE });
  const resources = ['state', 'address'].flatMap((id) => [
    executor(` notice: Requesting local execution of start operation for ${id} on bravo`),
    executor(` notice: Result of start operation for ${id} on bravo: ok`),
  ]);
  const started = { MESSAGE_ID: '39f53479d3a045ac8e11786248231fbf', UNIT: 'ledger.service' };
  return [begin, ...(tellsOfResources ? resources : []), journalLine(takeoverMs, started)].join('\n');
}

function never(): AbortSignal {
  return new AbortController().signal;
}

async function readAll(events: AsyncGenerator<DrillEvent, void>): Promise<readonly DrillEvent[]> {
  const all: DrillEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}
