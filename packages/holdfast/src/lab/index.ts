export { findImageRoot } from './image/image.ts';
export { type Release, releases } from './image/recipe.ts';
export { type Lab, labShell, openLab } from './lab.ts';
export type { LabStatus } from './lab-status.ts';
export { type LabLayout, labLayout, type MachineName, machineNames, type NetworkName } from './layout.ts';
export { isClean, type Leftovers, labLeftovers } from './leftovers.ts';
export type { LabMachine } from './machine.ts';
export { checkRequirements, missingPackages, missingRequirements } from './requirements.ts';
