import type { DrillResult } from '../../packages/holdfast/src/drill/index.ts';

/** One drill: what was measured, why it was left out, or why it failed to run. Without the time line, which is large. */
export interface CatalogueRecord {
  readonly round: number;
  readonly fault: DrillResult['fault'];
  readonly result?: Omit<DrillResult, 'timeline'>;
  readonly leftOut?: string;
  readonly error?: string;
}
