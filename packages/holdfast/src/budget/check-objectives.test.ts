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
      /^Add `{ type: watchdog }` as the last level of nodes\.alpha\.fencing .* of nodes\.bravo\.fencing .*: the longest then takes \d+(\.\d)? s\. Write `power: own` /,
    );
    expect(problem?.remedy).toContain('Or accept it: accept: [{ risk: bmc-shares-power,');
  });

  it('ends with the change that is named, and the promise holds', () => {
    const timeoutMs = 15_000;
    const levels = [{ ...bmc, power: 'shared', timeoutMs }, watchdog] as const;
    const mended: Site = { ...dark, nodes: [fenced('alpha', ...levels), fenced('bravo', ...levels)] };
    expect(checkObjectives(mended)).toEqual([]);
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
    expect(problem?.remedy).toMatch(/^Add .*witness.* and add `{ type: watchdog }`|^Write `power: own`/);
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
    const [problem] = checkObjectives(promising(8_900));
    expect(problem?.remedy).toMatch(
      /^Set workloads\.ledger\.probe\.every to 1s \(now 2s\): the longest then takes 8\.8 s\./,
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
      /^Set nodes\.alpha\.fencing\.timeout to \d+s \(now 1m\) and set nodes\.bravo\.fencing\.timeout to /,
    );
  });

  it('that only two changes together keep names both', () => {
    const slow = {
      ...site,
      timing: { ...site.timing, tokenMs: 3_000, consensusMs: 3_600 },
      workloads: [{ ...ledger, stopTimeoutMs: 20_000 }] as const,
    };
    expect(checkObjectives(promising(10_000, slow))[0]?.remedy).toMatch(
      /^Set workloads\.ledger\.stop to \d+s .* and set timing\.token/,
    );
  });

  it('that no setting can keep is to be raised, and the least is named', () => {
    const [problem] = checkObjectives(promising(1_000));
    expect(problem?.remedy).toMatch(
      /^Raise objectives\.rto to at least 10s\. The least that this site can promise is 9s: /,
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
