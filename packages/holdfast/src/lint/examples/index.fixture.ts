import type { Example } from './configurations.fixture.ts';
import { corosyncExamples, quorumExamples } from './corosync.fixture.ts';
import { drbdExamples } from './drbd.fixture.ts';
import { fencingExamples, watchdogExamples } from './fencing.fixture.ts';
import {
  agentExamples,
  arrangementExamples,
  leftoverExamples,
  operationExamples,
  optionExamples,
  recoveryExamples,
} from './resources.fixture.ts';
import { healthExamples, workloadExamples } from './workloads.fixture.ts';

/** One example for each rule, by its code. */
export const examples: Readonly<Record<string, Example>> = {
  ...fencingExamples,
  ...watchdogExamples,
  ...quorumExamples,
  ...corosyncExamples,
  ...operationExamples,
  ...recoveryExamples,
  ...arrangementExamples,
  ...agentExamples,
  ...healthExamples,
  ...workloadExamples,
  ...drbdExamples,
  ...optionExamples,
  ...leftoverExamples,
};
