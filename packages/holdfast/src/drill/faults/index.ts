import type { FaultName } from '../types.ts';
import type { Fault } from './fault.ts';
import { networkCut } from './network-cut.ts';
import { plannedMove } from './planned-move.ts';
import { powerCut } from './power-cut.ts';
import { processCrash } from './process-crash.ts';
import { processHang } from './process-hang.ts';

export type { Fault, FaultContext, Injection } from './fault.ts';
export { healPatiently } from './heal-patiently.ts';
export type { Power } from './power.ts';

/** Every fault, the mildest first. */
export const faults: Readonly<Record<FaultName, Fault>> = {
  'process-crash': processCrash,
  'process-hang': processHang,
  'planned-move': plannedMove,
  'power-cut': powerCut,
  'network-cut': networkCut,
};
