import type { ErrorCode } from '../core/index.ts';

/** A fencing device of the site, for `holdfast fencing list`. */
export interface ListedDevice {
  readonly device: string;
  readonly node: string;
  readonly level: number;
  /** The fence agent, or `watchdog`. */
  readonly kind: string;
  /** Where it is asked, in words. */
  readonly at: string;
  /** After this long without success the next level is tried; of a watchdog, how long it is waited for. */
  readonly timeoutSeconds: number;
  /** Whether it can say that its node is off when that has no power. */
  readonly confirmsPowerLoss: boolean;
}

/** What came of asking one device from one machine. */
export interface StatusProof {
  readonly device: string;
  readonly node: string;
  readonly level: number;
  readonly askedFrom: string;
  /** `silent`: no answer within its timeout. `not-asked`: the machine cannot be reached. */
  readonly outcome: 'works' | 'fails' | 'silent' | 'not-asked';
  /** What the device says of its node; absent where it said nothing. */
  readonly power?: 'on' | 'off';
  /** Null where it was not asked. */
  readonly seconds: number | null;
  /** What is wrong, or what it said, in words. */
  readonly said: string;
  /** Absent where it works. */
  readonly code?: ErrorCode;
}

/** What came of really switching a node by one level of its fencing. */
export interface PowerProof {
  readonly node: string;
  readonly level: number;
  readonly devices: readonly string[];
  readonly outcome: 'works' | 'fails';
  /** Until the devices said "off", or, of a watchdog, null. */
  readonly offSeconds: number | null;
  /** From the order until the node answered no more. */
  readonly goneSeconds: number | null;
  /** From "on" until the node was in the cluster again. */
  readonly backSeconds: number | null;
  readonly said: string;
  readonly code?: ErrorCode;
}
