import type { RuleCode } from '../../src/lint/finding.ts';

/** Rules that judge a CIB and are not shown in Pacemaker's scheduler, by what keeps them from it. */
export const notShown: readonly { readonly because: string; readonly codes: readonly RuleCode[] }[] = [
  {
    because: 'the fencer chooses and asks the devices; to the scheduler any device fences any node',
    codes: [
      'HF-LINT-FENCING-NODE-UNCOVERED',
      'HF-LINT-FENCING-ONLY-BY-ITSELF',
      'HF-LINT-FENCING-LEVEL-DEVICE',
      'HF-LINT-FENCING-HOST-UNKNOWN',
      'HF-LINT-FENCING-DEVICE-FAILED',
      'HF-LINT-FENCING-SWITCHED-OFF',
      'HF-LINT-FENCING-ACTION-PARAMETER',
      'HF-LINT-SBD-LIST-HIDDEN',
    ],
  },
  {
    because: 'what an agent does on its machine the scheduler takes on trust',
    codes: [
      'HF-LINT-FENCING-WITNESS-AGENT',
      'HF-LINT-FENCING-TEST-AGENT',
      'HF-LINT-FENCING-INSECURE-TLS',
      'HF-LINT-ADDRESS-NO-NIC',
      'HF-LINT-FILESYSTEM-DEPTH',
      'HF-LINT-FILESYSTEM-UNMOUNT',
      'HF-LINT-FILESYSTEM-FSCK',
      'HF-LINT-FILESYSTEM-DEVICE-NAME',
      'HF-LINT-HEALTH-ACTIVE-ONLY',
      'HF-LINT-PROBE-IS-ACTIVE',
      'HF-LINT-PROBE-ALWAYS-GOOD',
      'HF-LINT-PROBE-EMPTY',
      'HF-LINT-DRBD-UNKNOWN',
    ],
  },
  {
    because: 'about how long something takes, and crm_simulate does everything at one instant',
    codes: [
      'HF-LINT-SBD-TIMEOUT-SHORT',
      'HF-LINT-SBD-WAIT-CUT',
      'HF-LINT-TIMEOUT-SHORT',
      'HF-LINT-ONE-JOB-AT-A-TIME',
      'HF-LINT-SLOW-START',
    ],
  },
  {
    because: 'sbd acts on its machine without the scheduler, or stops Pacemaker there',
    codes: ['HF-LINT-SBD-ABSENT', 'HF-LINT-SBD-TWO-NODES', 'HF-LINT-SBD-UNUSED'],
  },
  {
    because: 'about the software and the units of the machines, of which a CIB has the names only',
    codes: [
      'HF-LINT-WORKLOAD-ACKNOWLEDGES-EARLY',
      'HF-LINT-WORKLOAD-REBOOTS',
      'HF-LINT-WORKLOAD-OUTSIDE-STATE',
      'HF-LINT-UNIT-ENABLED',
      'HF-LINT-UNIT-RESTARTS',
      'HF-LINT-UNIT-DIFFERS',
    ],
  },
  {
    because: 'about people: who talks to the cluster, or may read its CIB',
    codes: ['HF-LINT-ADDRESS-NONE', 'HF-LINT-FENCING-PASSWORD'],
  },
  {
    because: 'about how it is written: crm_verify refuses the bad example (lint-examples.oracle.test.ts)',
    codes: ['HF-LINT-CONSTRAINT-DANGLING', 'HF-LINT-ID-TWICE'],
  },
  {
    because: 'Pacemaker 3 does not do it any more, or Pacemaker 2 not yet',
    codes: ['HF-LINT-OBSOLETE', 'HF-LINT-REMOVE-AFTER-STOP'],
  },
];
