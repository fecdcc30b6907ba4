import type { Rule } from '../finding.ts';
import { agentRules } from './agents.ts';
import { arrangementRules } from './arrangement.ts';
import { corosyncRules } from './corosync.ts';
import { drbdRules } from './drbd.ts';
import { fencingRules } from './fencing.ts';
import { fencingDeviceRules } from './fencing-devices.ts';
import { healthRules } from './health.ts';
import { leftoverRules } from './leftovers.ts';
import { operationRules } from './operations.ts';
import { optionRules } from './options.ts';
import { quorumRules } from './quorum.ts';
import { recoveryRules } from './recovery.ts';
import { roleRules } from './roles.ts';
import { watchdogRules } from './watchdog.ts';
import { workloadRules } from './workloads.ts';

/** Every rule, by theme, in the order of docs/lint.md. */
export const themes: readonly { readonly title: string; readonly rules: readonly Rule[] }[] = [
  { title: 'Fencing', rules: fencingRules },
  { title: 'Fencing devices', rules: fencingDeviceRules },
  { title: 'Watchdog', rules: watchdogRules },
  { title: 'Quorum', rules: quorumRules },
  { title: 'Corosync', rules: corosyncRules },
  { title: 'Operations', rules: operationRules },
  { title: 'Recovery and placement', rules: recoveryRules },
  { title: 'Constraints, groups and clones', rules: arrangementRules },
  { title: 'Roles and DRBD in the cluster', rules: roleRules },
  { title: 'Addresses and file systems', rules: agentRules },
  { title: 'Health', rules: healthRules },
  { title: 'Workloads and units', rules: workloadRules },
  { title: 'DRBD', rules: drbdRules },
  { title: 'Options', rules: optionRules },
  { title: 'Left behind', rules: leftoverRules },
];

export const allRules: readonly Rule[] = themes.flatMap(({ rules }) => rules);
