import { describe, expect, test } from 'vitest';
import * as machine from '../core/machine.ts';
import { mutant } from './mutant.ts';
import { type Plan, planOf } from './plan.ts';
import { type Machine, simulate } from './simulate.ts';

/** HOLDFAST_SEED=<n> runs that schedule alone and prints every step; HOLDFAST_FIRST_SEED=<n> looks elsewhere. */
const only = process.env.HOLDFAST_SEED;
const firstSeed = Number(process.env.HOLDFAST_FIRST_SEED ?? 1);
const SCHEDULES = 100_000;

const ten = 10 * 60_000;

describe('over simulated schedules with partitions, lost answers, sleeping processes and clocks at different rates', () => {
  test.runIf(only !== undefined)('the schedule asked for holds', () => {
    const plan = planOf(Number(only));
    console.log(JSON.stringify(plan, undefined, 1));
    expect(simulate(plan, machine, console.log).violation).toBeUndefined();
  });

  test.skipIf(only !== undefined)(
    'there are never two leaders, tokens always grow, and a leader returns once nothing fails any more',
    () => {
      let terms = 0;
      let slowestMs = 0;
      for (let seed = firstSeed; seed < firstSeed + SCHEDULES; seed += 1) {
        const outcome = simulate(planOf(seed), machine);
        if (outcome.violation !== undefined) {
          throw new Error(`${outcome.violation}; HOLDFAST_SEED=${seed} replays it step by step`);
        }
        terms += outcome.terms;
        if (Number.isFinite(outcome.recoveryUs)) slowestMs = Math.max(slowestMs, outcome.recoveryUs / 1000);
      }
      console.log(
        `seeds ${firstSeed} to ${firstSeed + SCHEDULES - 1}: ${terms} terms; slowest return of a leader ` +
          `${slowestMs.toFixed(0)} ms after the last fault, with a lease of ${planOf(firstSeed).leaseMs} ms`,
      );
      expect(terms).toBeGreaterThan(SCHEDULES);
    },
    ten,
  );

  test('the same seed gives the same schedule, step for step', () => {
    const lines = [1, 2].map(() => {
      const trace: string[] = [];
      simulate(planOf(4711), machine, (line) => trace.push(line));
      return trace;
    });
    expect(lines[0]?.length).toBeGreaterThan(20);
    expect(lines[0]).toEqual(lines[1]);
  });
});

describe('the simulation finds the mistake', () => {
  const twoLeaders = /leads by its signal|would still take itself/;

  test.each([
    {
      mistake: 'a leader that renews late: only when its lease is over',
      original: 'renewDueMs: request.sentLeastMs + candidate.renewMs',
      replacement: 'renewDueMs: request.sentLeastMs + candidate.leaseMs',
      finds: /no leader/,
    },
    {
      mistake: 'a leader that leads on while its late renewal is under way',
      original: 'if (state.term === undefined || holds(state, now)) return state;',
      replacement:
        "if (state.term === undefined || holds(state, now) || state.request?.kind === 'renew') return state;",
      finds: twoLeaders,
    },
    {
      mistake: 'a lease counted from the answer instead of from the request',
      original: 'untilMs: request.sentMostMs + candidate.holdMs',
      replacement: 'untilMs: now.mostMs + candidate.holdMs',
      finds: twoLeaders,
    },
    {
      mistake: 'a leader that leads for the whole lease and leaves no margin for clocks',
      original: 'untilMs: request.sentMostMs + candidate.holdMs',
      replacement: 'untilMs: request.sentMostMs + candidate.leaseMs',
      finds: twoLeaders,
    },
    {
      mistake: 'a leader that does not abort on pause: it goes on as if nothing had been',
      original: 'let state = expire(before, now, effects);',
      replacement: 'let state = before;',
      finds: twoLeaders,
    },
    {
      mistake: 'a leader that does not see that its machine slept',
      original: 'now.mostMs < state.term.untilMs',
      replacement: 'now.leastMs < state.term.untilMs',
      finds: twoLeaders,
    },
    {
      mistake: 'a token used again',
      original: 'Math.floor(now.wallMs)) : known + 1;',
      replacement: 'Math.floor(now.wallMs)) : known;',
      finds: /token \d+ after/,
    },
    {
      mistake: 'tokens that begin again where the key was deleted',
      original: 'Math.max(known + 1, Math.floor(now.wallMs))',
      replacement: 'known + 1',
      finds: /token \d+ after/,
    },
    {
      mistake: 'a candidate that waits a little less than the lease',
      original: 'now.leastMs : now.leastMs + record.leaseMs',
      replacement: 'now.leastMs : now.leastMs + record.leaseMs * 0.9',
      finds: twoLeaders,
    },
    {
      mistake: 'a lease lengthened by reading a record whose writing is not dated',
      original: 'return { ...state, seen: found, renewDueMs: now.leastMs };',
      replacement:
        'return { ...state, seen: found, renewDueMs: now.leastMs, term: { ...term, untilMs: now.mostMs + candidate.holdMs } };',
      finds: twoLeaders,
    },
    {
      mistake: 'a candidate that leads at once where the key was deleted',
      original:
        "if (record.state === 'new') return now.leastMs + Math.max(record.leaseMs, state.seen?.record.leaseMs ?? 0);",
      replacement: "if (record.state === 'new') return now.leastMs;",
      finds: twoLeaders,
    },
    {
      mistake: 'a candidate that does not campaign again after it has lost',
      original: "state.phase === 'resting' ? { ...state, phase: 'campaigning', stale: true } : state",
      replacement: 'state',
      finds: /no leader/,
    },
  ])(
    '$mistake',
    async ({ mistake, original, replacement, finds }) => {
      const wrong = await mutant(original, replacement);
      const violation = firstViolation(wrong, planOf);
      console.log(`${mistake}: ${violation}`);
      expect(violation).toMatch(/^seed \d+, \d+ us: /);
      expect(violation).toMatch(finds);
    },
    ten,
  );
});

describe('outside its assumptions the algorithm is not safe, and the simulation shows that too', () => {
  test(
    'clocks whose rates differ by more than the margin allow two leaders',
    () => {
      const beyond = (seed: number): Plan => {
        const plan = planOf(seed);
        return { ...plan, rates: plan.rates.map((rate) => 1 + (rate - 1) * 2) };
      };
      expect(firstViolation(machine, beyond)).toMatch(/leads by its signal/);
    },
    ten,
  );

  test(
    'a hypervisor that stops every clock of a machine allows two leaders until the first renewal fails',
    () => {
      const frozen = (seed: number): Plan => {
        const plan = planOf(seed);
        const faults = plan.faults.map((fault) =>
          fault.kind === 'suspend' ? { ...fault, kind: 'freeze' as const } : fault,
        );
        return { ...plan, faults };
      };
      expect(firstViolation(machine, frozen)).toMatch(/would still take itself for the leader/);
    },
    ten,
  );
});

function firstViolation(subject: Machine, plan: (seed: number) => Plan): string | undefined {
  for (let seed = 1; seed <= 20_000; seed += 1) {
    const { violation } = simulate(plan(seed), subject);
    if (violation !== undefined) return violation;
  }
  return undefined;
}
