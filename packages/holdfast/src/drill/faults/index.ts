import type { FaultName } from '../fault-names/index.ts';
import { blackout, blackoutOneReturns } from './blackout.ts';
import { clockJump } from './clock-jump.ts';
import { crashLoop } from './crash-loop.ts';
import { corosyncKill, pacemakerKill } from './daemon-kill.ts';
import { diskErrors } from './disk-errors.ts';
import type { Fault } from './fault.ts';
import { kernelPanic } from './kernel-panic.ts';
import {
  asymmetricCut,
  flappingNetwork,
  lossyNetwork,
  networkCut,
  oneLinkCut,
  slowNetwork,
  usersLinkCut,
} from './network-faults.ts';
import { plannedMove } from './planned-move.ts';
import { passivePowerCut, powerCut, witnessLoss } from './power-loss.ts';
import { processCrash } from './process-crash.ts';
import { processHang } from './process-hang.ts';
import { reboot } from './reboot.ts';
import { rootReadOnly } from './root-read-only.ts';
import { fencingDeadThenPowerCut, witnessLossThenPowerCut } from './second-faults.ts';
import { slowStart } from './slow-start.ts';
import { stateDiskFull } from './state-disk-full.ts';

export type { Fault, FaultContext, Ground, Injection, MachineKind, Member, Role, Roles } from './fault.ts';
export { healPatiently } from './heal-patiently.ts';
export type { Power } from './power.ts';

export const faults: Readonly<Record<FaultName, Fault>> = {
  'process-crash': processCrash,
  'process-hang': processHang,
  'crash-loop': crashLoop,
  'slow-start': slowStart,
  'planned-move': plannedMove,
  'state-disk-full': stateDiskFull,
  'disk-errors': diskErrors,
  'clock-jump': clockJump,
  'one-link-cut': oneLinkCut,
  'users-link-cut': usersLinkCut,
  'slow-network': slowNetwork,
  'lossy-network': lossyNetwork,
  'witness-loss': witnessLoss,
  'passive-power-cut': passivePowerCut,
  'root-read-only': rootReadOnly,
  reboot,
  'power-cut': powerCut,
  'kernel-panic': kernelPanic,
  'corosync-kill': corosyncKill,
  'pacemaker-kill': pacemakerKill,
  'network-cut': networkCut,
  'asymmetric-cut': asymmetricCut,
  'flapping-network': flappingNetwork,
  'witness-loss-then-power-cut': witnessLossThenPowerCut,
  'fencing-dead-then-power-cut': fencingDeadThenPowerCut,
  blackout,
  'blackout-one-returns': blackoutOneReturns,
};

/**
 * Faults whose healing together undoes everything that any fault may leave, in the order in which it can be done: what has
 * no power cannot be healed otherwise.
 */
export const healingOrder: readonly Fault[] = [
  powerCut,
  rootReadOnly,
  networkCut,
  slowNetwork,
  flappingNetwork,
  fencingDeadThenPowerCut,
  stateDiskFull,
  diskErrors,
  clockJump,
  crashLoop,
  slowStart,
  processHang,
];
