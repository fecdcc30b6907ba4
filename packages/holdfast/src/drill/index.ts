export { drill } from './drill.ts';
export type { DrillEnvironment } from './environment.ts';
export type { ExpectedService } from './expectation.ts';
export { type FaultName, faultNames } from './fault-names/index.ts';
export type { MachineKind } from './faults/index.ts';
export { healSite } from './heal-site.ts';
export { openDrillEnvironment, openHealing } from './open-environment.ts';
export { type DrillOptions, type DrillPace, paceFor, usualPace } from './options.ts';
export type * from './types.ts';
