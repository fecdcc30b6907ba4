export type { Host, RunOptions, RunResult } from './host.ts';
export { type Hosts, openHosts, openMachines, type SiteMachines } from './open-hosts.ts';
