import type { DrillEnvironment, DrillPace } from '../../packages/holdfast/src/drill/index.ts';
import type { Site } from '../../packages/holdfast/src/site/index.ts';

/** A way to set up two nodes for the same workload, each in a lab of its own on this computer. */
export interface Configuration {
  readonly name: 'holdfast' | 'baseline';
  readonly site: Site;
  readonly environment: DrillEnvironment;
  readonly pace: DrillPace;
  /** Brings it back to a healthy state after a drill that may have left it broken. */
  recover(): Promise<void>;
  close(): Promise<void>;
}
