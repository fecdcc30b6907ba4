export { readFormatPermission } from './device-content.ts';
export type { Disruption } from './disruption.ts';
export type { Plan } from './plan.ts';
export { renderPlan } from './render-plan.ts';
export { openRemoval, openRollout, type Rollout } from './rollout.ts';
export { describeStep, type Step } from './step.ts';
export type { WhatIf } from './what-if.ts';
