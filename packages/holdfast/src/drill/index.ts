export { drill } from './drill.ts';
export type { DrillEnvironment } from './environment.ts';
export { healSite } from './heal-site.ts';
export { openDrillEnvironment } from './open-environment.ts';
export { type DrillOptions, type DrillPace, faultNames, usualPace } from './options.ts';
export type * from './types.ts';
