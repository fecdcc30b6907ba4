export { listDevices } from './list-devices.ts';
export { provePower } from './prove-power.ts';
export { proveStatus } from './prove-status.ts';
export { renderDevices, renderPowerProofs, renderStatusProofs } from './render-proofs.ts';
export type * from './types.ts';
