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
  'crash-loop': {
    title: 'Crash loop',
    explanation:
      'The workload’s process was killed again and again on the machine that served, as often as it started.',
  },
  'slow-start': {
    title: 'Slow start',
    explanation: 'The workload’s process was killed, and its next start was made seconds slower than usual.',
  },
  'state-disk-full': {
    title: 'Full disk',
    explanation: 'The disk that holds the workload’s data was filled to its last block.',
  },
  'disk-errors': {
    title: 'Disk errors',
    explanation: 'The disk of the machine that served answered every read and write with an error.',
  },
  'clock-jump': {
    title: 'Clock jump',
    explanation: 'The clock of the machine that served was set one hour ahead.',
  },
  'root-read-only': {
    title: 'System disk read-only',
    explanation: 'The system disk of the machine that served took no more writes; the disk with the data did.',
  },
  'one-link-cut': {
    title: 'One cable cut',
    explanation: 'One of the cables between the machines was cut; the others, and the clients’, stayed.',
  },
  'users-link-cut': {
    title: 'Clients’ cable cut',
    explanation:
      'The cable through which clients reach the machine that served was cut; the machines still saw each other.',
  },
  'slow-network': {
    title: 'Slow network',
    explanation: 'Everything the machine that served sent was delayed.',
  },
  'lossy-network': {
    title: 'Lossy network',
    explanation: 'Three of ten packets between the machines were lost.',
  },
  'witness-loss': {
    title: 'Loss of the witness',
    explanation: 'The third machine, which only votes, lost its power.',
  },
  'passive-power-cut': {
    title: 'Power cut of the passive node',
    explanation: 'The machine that stood by lost its power.',
  },
  reboot: {
    title: 'Reboot',
    explanation: 'The machine that served was rebooted without a word to the cluster.',
  },
  'kernel-panic': {
    title: 'Kernel panic',
    explanation: 'The operating system of the machine that served stopped where it stood.',
  },
  'corosync-kill': {
    title: 'Corosync killed',
    explanation: 'The program that holds the machines together was killed on the machine that served.',
  },
  'pacemaker-kill': {
    title: 'Pacemaker killed',
    explanation: 'The programs that look after the workload were killed on the machine that served.',
  },
  'asymmetric-cut': {
    title: 'One-way cut',
    explanation: 'The machine that served could send, but hear nothing, on every plant network.',
  },
  'flapping-network': {
    title: 'Flapping network',
    explanation: 'Every cable of the machine that served came loose and back, ten times.',
  },
  'witness-loss-then-power-cut': {
    title: 'Witness lost, then power cut',
    explanation: 'The witness lost its power, and then the machine that served.',
  },
  'fencing-dead-then-power-cut': {
    title: 'Power switch dead, then power cut',
    explanation: 'The device that switches the machine off stopped answering, and then the machine lost its power.',
  },
  blackout: {
    title: 'Blackout',
    explanation: 'Every machine lost its power at once, and all came back.',
  },
  'blackout-one-returns': {
    title: 'Blackout, one comes back',
    explanation: 'Every machine lost its power at once, and only the one that had served came back.',
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
