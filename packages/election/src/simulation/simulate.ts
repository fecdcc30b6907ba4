import type { Effect, Event, Now, State, Step } from '../core/machine.ts';
import type { Found, LeaseRecord } from '../core/record.ts';
import { timingsOf } from '../core/timings.ts';
import { type Agenda, agenda } from './agenda.ts';
import type { Fault, Plan } from './plan.ts';
import { type Random, randomFrom } from './random.ts';

/** The functions under test: those of core/machine.ts, or a mutant's. */
export interface Machine {
  initialState(candidate: State['candidate']): State;
  step(state: State, event: Event, now: Now): Step;
  holds(state: State, now: Now): boolean;
}

export interface Outcome {
  /** What was violated, at which microsecond, in words; undefined if all properties held. */
  readonly violation: string | undefined;
  readonly terms: number;
  readonly steps: number;
  /** From the end of the faults to a leader; microseconds. */
  readonly recoveryUs: number;
}

/** Once nothing goes wrong any more, there is a leader within so many leases. */
export const RECOVERY_LEASES = 3;

type Doing =
  | { readonly kind: 'deliver'; readonly to: number; readonly life: number; readonly event: Event }
  | { readonly kind: 'tick'; readonly to: number; readonly life: number; readonly timer: number }
  | { readonly kind: 'request'; readonly from: number; readonly life: number; readonly effect: Effect }
  | { readonly kind: 'finish'; readonly who: number; readonly life: number; readonly token: number }
  | { readonly kind: 'start'; readonly who: number }
  | { readonly kind: 'begin'; readonly fault: Fault }
  | { readonly kind: 'mend'; readonly fault: Fault }
  | { readonly kind: 'end' };

interface Process {
  readonly id: number;
  state: State;
  /** Grows with every start; what belongs to an earlier life is dropped. */
  life: number;
  alive: boolean;
  paused: number;
  cut: number;
  /** Events that came while it did not run. */
  held: Event[];
  timer: number;
  rate: number;
  /** Its clocks at `anchorUs`. */
  localMs: number;
  anchorUs: number;
  /** Milliseconds of its clock during which the machine slept. */
  sleptMs: number;
  sleptSinceMs: number;
  frozen: boolean;
  /** Pushed changes arrive in order. */
  pushedUs: number;
}

/** Runs one schedule to its end or to the first violation. The same plan gives the same outcome, event for event. */
export function simulate(plan: Plan, machine: Machine, trace?: (line: string) => void): Outcome {
  return new Simulation(plan, machine, trace).run();
}

class Simulation {
  readonly plan: Plan;
  readonly machine: Machine;
  readonly trace: ((line: string) => void) | undefined;
  readonly random: Random;
  readonly agenda: Agenda<Doing> = agenda();
  readonly processes: Process[];
  readonly endUs: number;
  nowUs = 0;
  stored: Found | null = null;
  revision = 0;
  outages = 0;
  highestToken = 0;
  violation: string | undefined;
  terms = 0;
  steps = 0;
  recoveredUs = Number.POSITIVE_INFINITY;

  constructor(plan: Plan, machine: Machine, trace: ((line: string) => void) | undefined) {
    this.plan = plan;
    this.machine = machine;
    this.trace = trace;
    this.random = randomFrom(plan.seed ^ 0x5bd1e995);
    this.endUs = plan.calmUs + RECOVERY_LEASES * plan.leaseMs * 1000;
    this.processes = plan.rates.map((rate, id) => ({
      id,
      state: machine.initialState({ ...timingsOf(plan.leaseMs, 0), holder: `candidate-${id}`, session: `${id}.0` }),
      life: 0,
      alive: false,
      paused: 0,
      cut: 0,
      held: [],
      timer: 0,
      rate,
      localMs: this.random.between(0, 1000),
      anchorUs: 0,
      sleptMs: 0,
      sleptSinceMs: 0,
      frozen: false,
      pushedUs: 0,
    }));
  }

  run(): Outcome {
    for (const { id } of this.processes) {
      this.agenda.add(this.random.between(0, this.plan.leaseMs * 1500), { kind: 'start', who: id });
    }
    for (const fault of this.plan.faults) {
      this.agenda.add(fault.atUs, { kind: 'begin', fault });
      if ('untilUs' in fault) this.agenda.add(fault.untilUs, { kind: 'mend', fault });
    }
    this.agenda.add(this.endUs, { kind: 'end' });
    for (let next = this.agenda.next(); next !== undefined && this.violation === undefined; next = this.agenda.next()) {
      this.nowUs = next.atUs;
      if (next.what.kind === 'end') break;
      this.perform(next.what);
    }
    const leader = this.processes.find((each) => each.state.term !== undefined && each.alive);
    if (leader === undefined) this.violate(`no leader ${RECOVERY_LEASES} leases after the last fault`);
    return {
      violation: this.violation,
      terms: this.terms,
      steps: this.steps,
      recoveryUs: Math.max(0, this.recoveredUs - this.plan.calmUs),
    };
  }

  perform(what: Doing): void {
    switch (what.kind) {
      case 'deliver':
        this.deliver(what.to, what.life, what.event);
        return;
      case 'tick': {
        const to = this.process(what.to);
        if (to.alive && to.life === what.life && to.timer === what.timer && to.paused === 0)
          this.step(to, { kind: 'tick' });
        return;
      }
      case 'request':
        this.serve(this.process(what.from), what.life, what.effect);
        return;
      case 'finish': {
        const who = this.process(what.who);
        if (who.life === what.life && who.state.term?.token === what.token && this.nowUs < this.plan.calmUs) {
          this.deliver(what.who, what.life, { kind: 'leave' });
        }
        return;
      }
      case 'start':
        this.start(this.process(what.who));
        return;
      case 'begin':
        this.begin(what.fault);
        return;
      case 'mend':
        this.mend(what.fault);
        return;
      case 'end':
        return;
    }
  }

  process(id: number): Process {
    const found = this.processes[id];
    if (found === undefined) throw new Error(`no process ${id}`);
    return found;
  }

  deliver(id: number, life: number, event: Event): void {
    const to = this.process(id);
    if (!to.alive || to.life !== life) return;
    if (to.paused > 0) to.held.push(event);
    else this.step(to, event);
  }

  start(who: Process): void {
    if (who.alive) return;
    who.life += 1;
    who.alive = true;
    who.held = [];
    who.state = this.machine.initialState({ ...who.state.candidate, session: `${who.id}.${who.life}` });
    if (this.plan.watch) this.deliver(who.id, who.life, { kind: 'watching', on: true });
    else this.deliver(who.id, who.life, { kind: 'tick' });
  }

  step(who: Process, event: Event): void {
    const before = who.state.term;
    this.steps += 1;
    const { state, effects, wakeInMs } = this.machine.step(who.state, event, this.clock(who));
    who.state = state;
    if (this.trace)
      this.trace(`${this.nowUs} ${who.id}.${who.life} ${JSON.stringify(event)} -> ${JSON.stringify(effects)}`);
    who.timer += 1;
    if (wakeInMs !== Number.POSITIVE_INFINITY) {
      // As setTimeout does, which never fires sooner than after a millisecond when asked for less than one.
      const inUs = wakeInMs <= 0 ? 1000 : Math.ceil((wakeInMs * 1000) / who.rate) + 1;
      this.agenda.add(this.nowUs + inUs, { kind: 'tick', to: who.id, life: who.life, timer: who.timer });
    }
    for (const effect of effects) this.carryOut(who, effect);
    if (state.term !== undefined && state.term !== before) this.checkAlone(who);
  }

  carryOut(who: Process, effect: Effect): void {
    switch (effect.kind) {
      case 'read':
      case 'write':
        if (this.passes(who)) this.later({ kind: 'request', from: who.id, life: who.life, effect });
        return;
      case 'lead':
        this.terms += 1;
        if (effect.token <= this.highestToken) this.violate(`token ${effect.token} after ${this.highestToken}`);
        this.highestToken = Math.max(this.highestToken, effect.token);
        if (this.nowUs >= this.plan.calmUs) this.recoveredUs = Math.min(this.recoveredUs, this.nowUs);
        if (this.plan.finish > 0 && this.random.chance(this.plan.finish)) {
          const inUs = this.random.between(0, this.plan.leaseMs * 2000);
          this.agenda.add(this.nowUs + inUs, { kind: 'finish', who: who.id, life: who.life, token: effect.token });
        }
        return;
      case 'lost': {
        const windDownUs = this.random.chance(0.5) ? 0 : this.random.between(0, this.plan.leaseMs * 500);
        this.agenda.add(this.nowUs + windDownUs, {
          kind: 'deliver',
          to: who.id,
          life: who.life,
          event: { kind: 'rested' },
        });
        return;
      }
      case 'left':
        who.alive = false;
        this.agenda.add(this.nowUs + this.random.between(0, this.plan.leaseMs * 500), { kind: 'start', who: who.id });
        return;
      case 'twin':
        this.violate(`candidate ${who.id} takes itself for somebody else`);
        return;
      case 'abandon':
      case 'follow':
        return;
    }
  }

  /** At this instant nobody but `who` may lead: neither by a signal that is not aborted nor by asking its clock. */
  checkAlone(who: Process): void {
    for (const other of this.processes) {
      if (other === who || !other.alive || other.state.term === undefined) continue;
      if (other.paused === 0) {
        this.violate(`${other.id} leads by its signal while ${who.id} leads`);
        return;
      }
      if (this.machine.holds(other.state, this.clock(other))) {
        this.violate(`${other.id}, asleep, would still take itself for the leader while ${who.id} leads`);
        return;
      }
    }
  }

  serve(from: Process, life: number, effect: Effect): void {
    if (this.outages > 0 || !this.passes(from)) return;
    let event: Event;
    if (effect.kind === 'read') {
      event = { kind: 'found', id: effect.id, found: this.stored };
    } else if (effect.kind === 'write') {
      event = this.compareAndSwap(effect.id, effect.record, effect.ifRevision);
    } else {
      return;
    }
    if (this.passes(from)) this.later({ kind: 'deliver', to: from.id, life, event });
  }

  compareAndSwap(id: number, record: LeaseRecord, ifRevision: string | undefined): Event {
    if (this.stored?.revision !== ifRevision) return { kind: 'conflict', id };
    this.revision += 1;
    this.stored = { revision: `${this.revision}`, record };
    this.push();
    return { kind: 'written', id, revision: this.stored.revision };
  }

  push(): void {
    if (!this.plan.watch) return;
    for (const to of this.processes) {
      if (!to.alive || !to.state.watching || !this.passes(to)) continue;
      to.pushedUs = Math.max(to.pushedUs, this.nowUs + this.delayUs());
      this.agenda.add(to.pushedUs, {
        kind: 'deliver',
        to: to.id,
        life: to.life,
        event: { kind: 'pushed', found: this.stored },
      });
    }
  }

  passes(who: Process): boolean {
    if (who.cut > 0) return false;
    return this.nowUs >= this.plan.calmUs || this.plan.loss === 0 || !this.random.chance(this.plan.loss);
  }

  later(what: Doing): void {
    this.agenda.add(this.nowUs + this.delayUs(), what);
  }

  delayUs(): number {
    const { delayUs, straggle, leaseMs } = this.plan;
    if (this.nowUs < this.plan.calmUs && straggle > 0 && this.random.chance(straggle)) {
      return this.random.between(delayUs, leaseMs * 2000);
    }
    return this.random.between(0.2, 1.8) * delayUs;
  }

  begin(fault: Fault): void {
    this.trace?.(`${this.nowUs} begins ${JSON.stringify(fault)}`);
    switch (fault.kind) {
      case 'outage':
        this.outages += 1;
        return;
      case 'deletion':
        this.stored = null;
        this.push();
        return;
      case 'drift': {
        const who = this.process(fault.candidate);
        this.anchor(who);
        who.rate = fault.rate;
        // Timers run by the clock whose rate has changed: arm them anew.
        this.deliver(who.id, who.life, { kind: 'tick' });
        return;
      }
      case 'partition': {
        const who = this.process(fault.candidate);
        who.cut += 1;
        // A watch may break at once or stay silent without a word.
        if (this.plan.watch && this.random.chance(0.5)) this.deliver(who.id, who.life, { kind: 'watching', on: false });
        return;
      }
      case 'crash': {
        const who = this.process(fault.candidate);
        who.alive = false;
        who.state = { ...who.state, term: undefined };
        return;
      }
      case 'pause':
      case 'suspend':
      case 'freeze': {
        const who = this.process(fault.candidate);
        // One sleep at a time: a second one within the first changes nothing.
        if (who.paused === 0) {
          this.anchor(who);
          who.sleptSinceMs = fault.kind === 'suspend' ? who.localMs : Number.NaN;
          who.frozen = fault.kind === 'freeze';
        }
        who.paused += 1;
        return;
      }
    }
  }

  mend(fault: Fault): void {
    this.trace?.(`${this.nowUs} mended ${JSON.stringify(fault)}`);
    switch (fault.kind) {
      case 'outage':
        this.outages -= 1;
        return;
      case 'partition': {
        const who = this.process(fault.candidate);
        who.cut -= 1;
        if (this.plan.watch && who.cut === 0) this.deliver(who.id, who.life, { kind: 'watching', on: true });
        return;
      }
      case 'crash':
        this.start(this.process(fault.candidate));
        return;
      case 'pause':
      case 'suspend':
      case 'freeze': {
        const who = this.process(fault.candidate);
        who.paused -= 1;
        if (who.paused === 0) this.awake(who);
        return;
      }
      case 'drift':
      case 'deletion':
        return;
    }
  }

  /** The first thing an awaking process does is to look at its clock; then come the messages that waited. */
  awake(who: Process): void {
    this.anchor(who);
    if (!Number.isNaN(who.sleptSinceMs)) who.sleptMs += who.localMs - who.sleptSinceMs;
    who.frozen = false;
    if (!who.alive) return;
    const { held, life } = who;
    who.held = [];
    this.step(who, { kind: 'tick' });
    if (who.state.term !== undefined) this.checkAlone(who);
    for (const event of held) this.deliver(who.id, life, event);
  }

  anchor(who: Process): void {
    if (!who.frozen) who.localMs += ((this.nowUs - who.anchorUs) / 1000) * who.rate;
    who.anchorUs = this.nowUs;
  }

  clock(who: Process): Now {
    const mostMs = who.frozen ? who.localMs : who.localMs + ((this.nowUs - who.anchorUs) / 1000) * who.rate;
    return { mostMs, leastMs: mostMs - who.sleptMs, wallMs: 1_700_000_000_000 + this.nowUs / 1000 };
  }

  violate(what: string): void {
    this.violation ??= `seed ${this.plan.seed}, ${this.nowUs} us: ${what}`;
  }
}
