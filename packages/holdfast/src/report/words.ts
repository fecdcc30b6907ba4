import type { DrillResult, FaultName, PhaseName } from '../drill/index.ts';

interface FaultWords {
  readonly title: string;
  /** What was done, for a reader who runs a plant and no cluster. */
  readonly explanation: string;
}

export const faultWords: Readonly<Record<FaultName, FaultWords>> = {
  'process-crash': {
    title: 'Process crash',
    explanation: 'The workload’s process was killed on the machine that served.',
  },
  'process-hang': {
    title: 'Process hang',
    explanation: 'The workload’s process was frozen: still there, but answering nothing.',
  },
  'planned-move': {
    title: 'Planned move',
    explanation: 'The workload was moved to the other machine on purpose, as for maintenance.',
  },
  'power-cut': {
    title: 'Power cut',
    explanation: 'The machine that served lost its power, without warning.',
  },
  'network-cut': {
    title: 'Network cut',
    explanation: 'The machine that served was cut off from every plant network, while it kept running.',
  },
};

export const phaseWords: Readonly<Record<PhaseName, string>> = {
  detected: 'noticed',
  fenced: 'old machine off',
  state: 'disk taken over',
  address: 'address taken over',
  workload: 'workload started',
  'first-acknowledged-write': 'first answer',
};

export const outcomeWords: Readonly<Record<DrillResult['outcome'], string>> = {
  pass: 'passed',
  fail: 'failed',
  unknown: 'not known',
};

/** Beside the word, so that nothing depends on colour. */
export const outcomeSigns: Readonly<Record<DrillResult['outcome'], string>> = {
  pass: '\u2713',
  fail: '\u2715',
  unknown: '?',
};

/** Seconds with two decimals below ten and one above: what a stopwatch in a plant is good for. */
export function seconds(value: number): string {
  return `${decimals(value)} s`;
}

export function decimals(value: number): string {
  return value.toFixed(Math.abs(value) < 9.995 ? 2 : 1);
}

/** Seconds that somebody chose or computed, as short as they are. */
export function given(value: number): string {
  return `${Number(value.toFixed(2))} s`;
}

/** A whole number with its thousands set apart by a thin space. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, '\u2009');
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
