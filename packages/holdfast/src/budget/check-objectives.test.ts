import { describe, expect, it } from 'vitest';
import type { Site } from '../site/index.ts';
import { budget } from './budget.ts';
import { checkObjectives } from './check-objectives.ts';
import { promisedFaults } from './faults.ts';
import { bmc, fenced, site, watchdog, withoutWitness } from './site.fixture.ts';

const [ledger] = site.workloads;
const promising = (rtoMs: number, of: Site = site): Site => ({ ...of, objectives: { rtoMs, rpoMs: 0 } });

describe('A single fault without an end of its own', () => {
  const [alpha, bravo] = (['alpha', 'bravo'] as const).map((name) =>
    fenced(name, { ...bmc, power: 'shared', timeoutMs: 60_000 }),
  );
  if (alpha === undefined || bravo === undefined) throw new Error('two nodes');
  const dark: Site = { ...promising(60_000), nodes: [alpha, bravo] };
  const { acceptedRisks: _, ...rest } = promising(60_000);
  const unwatched: Site = { ...rest, acceptedRisks: [] };

  it('is refused where the only fencing goes dark with its node, with the level that would end it', () => {
    const [problem, ...others] = checkObjectives(dark);
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ code: 'HF-BUDGET-ENDLESS', source: 'user' });
    expect(problem?.message).toContain('a power-cut has no end of its own: the fencing of alpha or bravo is dark');
    expect(problem?.remedy).toMatch(
      /^Add `{ type: watchdog }` as the last level of nodes\[0\]\.fencing \(with `timeout: 15s` before it\) .* of nodes\[1\]\.fencing .*: the longest then takes \d+(\.\d)? s\. Write `power: own` /,
    );
    expect(problem?.remedy).toContain('Or accept it: accept: [{ risk: bmc-shares-power,');
  });

  it('ends with the change that is named, and the promise holds', () => {
    const timeoutMs = 15_000;
    const levels = [{ ...bmc, power: 'shared', timeoutMs }, watchdog] as const;
    const mended: Site = { ...dark, nodes: [fenced('alpha', ...levels), fenced('bravo', ...levels)] };
    expect(checkObjectives(mended)).toEqual([]);
  });

  it('is named with the level that ends it, and the promise that this needs, also where the promise is too short', () => {
    const [problem] = checkObjectives({ ...dark, objectives: { rtoMs: 8_000, rpoMs: 0 } });
    expect(problem).toMatchObject({ code: 'HF-BUDGET-ENDLESS' });
    const needs = /^Add `{ type: watchdog }` .* takes \S+ s, which needs an objectives\.rto of at least (\d+)s\. /.exec(
      problem?.remedy ?? '',
    )?.[1];
    const objectives = { rtoMs: Number(needs) * 1000, rpoMs: 0 };
    expect(checkObjectives({ ...dark, objectives })[0]?.remedy).toMatch(
      /^Add `{ type: watchdog }` .*: the longest then/,
    );
  });

  it('needs no other timeout where the file gives the device one', () => {
    const of = (timeoutMs: number) => {
      const shared = { ...bmc, power: 'shared', timeoutMs } as const;
      return checkObjectives({ ...dark, nodes: [fenced('alpha', shared), fenced('bravo', shared)] })[0]?.remedy;
    };
    expect(of(12_000)).toMatch(/^Add `{ type: watchdog }` as the last level of nodes\[0\]\.fencing and add /);
    // Pacemaker would not wait for a watchdog behind it.
    expect(of(55_000)).toMatch(/^Set nodes\[0\]\.fencing\.timeout to 30s .* and add `{ type: watchdog }`/);
  });

  it('is refused where nothing watches the cable of the clients, with the key that would', () => {
    const [problem] = checkObjectives(unwatched);
    expect(problem).toMatchObject({
      code: 'HF-BUDGET-ENDLESS',
      message: expect.stringContaining('a users-link-cut has no end of its own'),
      remedy: expect.stringMatching(/^Name in `reach` something in the clients' network/),
    });
    expect(checkObjectives({ ...unwatched, reach: ['10.0.0.1'] })).toEqual([]);
  });

  it('is taken where the file accepts it in words', () => {
    const risk = { risk: 'bmc-shares-power', because: 'one feed' } as const;
    expect(checkObjectives({ ...dark, acceptedRisks: [...dark.acceptedRisks, risk] })).toEqual([]);
  });

  it('is named with no watchdog where no witness could tell which node it shall reset', () => {
    const { witness: _witness, ...pair } = dark;
    const [problem] = checkObjectives(pair);
    expect(problem?.remedy).toMatch(/^Add a witness, .* add `{ type: watchdog }` .* Write `power: own`/);
  });

  it('does not hide that another fault takes too long, and is not counted with it', () => {
    const codes = checkObjectives({ ...dark, objectives: { rtoMs: 8_000, rpoMs: 0 } }).map(({ code, remedy }) => [
      code,
      /Infinity/.test(remedy),
    ]);
    expect(codes).toEqual([
      ['HF-BUDGET-ENDLESS', false],
      ['HF-BUDGET-EXCEEDED', false],
    ]);
  });
});

describe('A promise', () => {
  it('that holds is no problem', () => {
    expect(checkObjectives(promising(60_000))).toEqual([]);
  });

  it('that faults would break is one problem, with the sum of the longest and the others by name', () => {
    const seconds = budget(site)['process-hang'].seconds;
    const [problem, ...others] = checkObjectives(promising(8_000));
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ code: 'HF-BUDGET-EXCEEDED', source: 'user' });
    expect(problem?.message).toContain(`a process-hang may take ${seconds} s: probe interval 2 + probe timeout 1.5`);
    expect(problem?.message).toContain('Too long also: power-cut');
  });

  it('is kept by the cheapest change that meets it, with what it then takes', () => {
    const [problem] = checkObjectives(promising(8_600));
    expect(problem?.remedy).toMatch(
      /^Set workloads\[0\]\.probe\.every to 1s \(now 2s\): the longest then takes 8\.5 s\./,
    );
  });

  it('is kept by a shorter token where that is what is long', () => {
    const slow = promising(10_000, { ...site, timing: { ...site.timing, tokenMs: 3_000, consensusMs: 3_600 } });
    const [problem] = checkObjectives(slow);
    expect(problem?.remedy).toContain('Set timing.token to 1s with a consensus of 1200ms (now 3s and 3600ms)');
  });

  it('is kept by a witness where two nodes wait for each other', () => {
    expect(checkObjectives(promising(15_000, withoutWitness))[0]?.remedy).toMatch(/^Add a witness, a third machine/);
  });

  it('is kept by a device that gives up sooner where the next level has to wait for it', () => {
    const dark = { ...bmc, power: 'shared', timeoutMs: 60_000 } as const;
    const slow = { ...site, nodes: [fenced('alpha', dark, watchdog), fenced('bravo', dark, watchdog)] } as const;
    expect(checkObjectives(promising(50_000, slow))[0]?.remedy).toMatch(
      /^Set nodes\[0\]\.fencing\[0\]\.timeout to \d+s \(now 1m\) and set nodes\[1\]\.fencing\[0\]\.timeout to .* write `power: own` of it\.$/,
    );
  });

  it('is kept by a shorter timeout of the watchdogs, the same for both', () => {
    const slow = { ...watchdog, timeoutMs: 20_000 };
    const waiting = { ...site, nodes: [fenced('alpha', slow), fenced('bravo', slow)] } as const;
    expect(checkObjectives(promising(24_000, waiting))[0]?.remedy).toMatch(
      /^Set nodes\[0\]\.fencing\.timeout and nodes\[1\]\.fencing\.timeout to 5s \(now 20s\): the longest then takes/,
    );
  });

  it('is kept by no timeout that ends a call that works', () => {
    const shared = { ...bmc, power: 'shared', timeoutMs: 60_000 } as const;
    const nodes = [fenced('alpha', shared, watchdog), fenced('bravo', shared, watchdog)] as const;
    const slow = { ...site, nodes, timing: { ...site.timing, slowness: 6 } };
    const [problem] = checkObjectives(promising(60_000, slow));
    expect(problem?.remedy).toMatch(/nodes\[0\]\.fencing\[0\]\.timeout to (15|20)s/);
  });

  it('that only two changes together keep names both', () => {
    const slow = {
      ...site,
      timing: { ...site.timing, tokenMs: 3_000, consensusMs: 3_600 },
      workloads: [{ ...ledger, stopTimeoutMs: 20_000 }] as const,
    };
    expect(checkObjectives(promising(10_000, slow))[0]?.remedy).toMatch(
      /^Set workloads\[0\]\.stop to \d+s .* and set timing\.token/,
    );
  });

  it('that no setting can keep is to be raised, and the least is named', () => {
    const [problem] = checkObjectives(promising(1_000));
    expect(problem?.remedy).toMatch(
      /^Raise objectives\.rto to at least 10s\. The least that this site can promise is 9s: /,
    );
  });

  it('that nothing makes shorter is only to be raised, and no more is said of the file than that', () => {
    const probe = { kind: 'tcp', host: '127.0.0.1', port: 1, intervalMs: 1_000, timeoutMs: 1_000 } as const;
    const shortest: Site = {
      ...promising(1_000),
      timing: { ...site.timing, migrationThreshold: 1 },
      workloads: [{ ...ledger, stopTimeoutMs: 2_000, probe }],
    };
    expect(checkObjectives(shortest)[0]?.remedy).toMatch(
      /^Raise objectives\.rto to at least \d+s: nothing that Holdfast would propose makes the longest shorter\.$/,
    );
  });

  it('can be kept with the least that is named', () => {
    const least = Number(
      /least that this site can promise is (\d+)s/.exec(checkObjectives(promising(1_000))[0]?.remedy ?? '')?.[1],
    );
    expect(checkObjectives(promising(least * 1_000))[0]?.remedy).not.toMatch(/^Raise/);
  });

  it('is not held against a hang that the file accepts not to notice', () => {
    const { probe: _, ...unprobed } = ledger;
    expect(checkObjectives(promising(60_000, { ...site, workloads: [unprobed] }))).toEqual([]);
  });

  it('names the longest first', () => {
    const seconds = promisedFaults(budget(site)).map(([, each]) => each.seconds);
    expect(seconds).toEqual(seconds.toSorted((a, b) => b - a));
  });
});

describe('A fencing device', () => {
  const ipmi = {
    type: 'ipmi',
    address: '10.0.9.2',
    port: 623,
    username: 'u',
    password: 'p',
    privilege: 'operator',
    power: 'own',
    timeoutMs: 10_000,
  } as const;
  const slow = (slowness: number, timeoutMs: number): Site => ({
    ...promising(100_000),
    nodes: [fenced('alpha', { ...ipmi, timeoutMs }), fenced('bravo', bmc, { ...ipmi, timeoutMs })],
    timing: { ...site.timing, slowness },
  });

  it('is refused where its timeout ends a call that works, with the least that does not', () => {
    const [first, second, ...others] = checkObjectives(slow(4, 10_000));
    expect(others).toEqual([]);
    expect(first).toMatchObject({
      code: 'HF-BUDGET-FENCING-TIMEOUT',
      message: expect.stringMatching(
        /^nodes\[0\]\.fencing\.timeout: fence_ipmilan has 10s .* may take 22 s \(5\.5 s, 4 times/,
      ),
      remedy: 'Set nodes[0].fencing.timeout to at least 22s.',
    });
    expect(second?.remedy).toBe('Set nodes[1].fencing[1].timeout to at least 22s.');
    expect(checkObjectives(slow(1, 5_000)).map(({ remedy }) => remedy)).toContain(
      'Set nodes[0].fencing.timeout to at least 6s.',
    );
  });

  it('is taken from there on', () => {
    expect(checkObjectives(slow(4, 22_000))).toEqual([]);
    expect(checkObjectives(slow(1, 6_000))).toEqual([]);
  });
});
