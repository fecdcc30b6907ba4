/**
 * Every fault of the catalogue, in the order in which `drill --all` does them: the mildest first. In a folder of its own that
 * imports nothing, so that the help of the command line names them without loading the drill.
 */
export const faultNames = [
  'process-crash',
  'process-hang',
  'crash-loop',
  'slow-start',
  'planned-move',
  'state-disk-full',
  'disk-errors',
  'clock-jump',
  'one-link-cut',
  'users-link-cut',
  'slow-network',
  'lossy-network',
  'witness-loss',
  'passive-power-cut',
  'root-read-only',
  'reboot',
  'power-cut',
  'kernel-panic',
  'corosync-kill',
  'pacemaker-kill',
  'network-cut',
  'asymmetric-cut',
  'flapping-network',
  'witness-loss-then-power-cut',
  'fencing-dead-then-power-cut',
  'blackout',
  'blackout-one-returns',
] as const;

export type FaultName = (typeof faultNames)[number];
