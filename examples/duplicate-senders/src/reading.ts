/** One reading of the simulated machine. The machine numbers them from 1, without a gap: that number is the key. */
export interface Reading {
  readonly number: number;
  /** When the machine took it, milliseconds since 1970. */
  readonly takenAtMs: number;
  readonly millibar: number;
}

/** What a sender makes of a reading: the same bytes on whichever host it is made. */
export interface PressEvent extends Reading {
  readonly machine: string;
  readonly alarm: boolean;
}

const HIGHEST_MILLIBAR = 6800;

/** A function of the reading alone. No clock, no random number, no host name: two hosts must make the same message. */
export function processReading(machine: string, reading: Reading): PressEvent {
  return { machine, ...reading, alarm: reading.millibar > HIGHEST_MILLIBAR };
}

/** Parses what came over a wire; throws with what is wrong. */
export function readingIn(value: unknown): Reading {
  if (typeof value !== 'object' || value === null) throw new TypeError('a reading is an object');
  const number = numberIn(value, 'number');
  return { number, takenAtMs: numberIn(value, 'takenAtMs'), millibar: numberIn(value, 'millibar') };
}

function numberIn(value: object, name: string): number {
  const found: unknown = Object.entries(value).find(([each]) => each === name)?.[1];
  if (typeof found !== 'number') throw new TypeError(`a reading has a number "${name}"`);
  return found;
}
