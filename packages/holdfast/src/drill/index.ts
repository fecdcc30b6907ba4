export { drill } from './drill.ts';
export type { DrillEnvironment } from './environment.ts';
export { healSite } from './heal-site.ts';
export { openDrillEnvironment, openHealing } from './open-environment.ts';
export { type DrillOptions, type DrillPace, faultNames, paceFor, usualPace } from './options.ts';
export type * from './types.ts';
