import type { DrillResult } from '../../packages/holdfast/src/drill/index.ts';

/** One drill: what was measured, why it was left out, or why it failed to run. Without the time line, which is large. */
export interface CatalogueRecord {
  readonly round: number;
  readonly fault: DrillResult['fault'];
  readonly result?: Omit<DrillResult, 'timeline'>;
  readonly leftOut?: string;
  readonly error?: string;
}

/** Done, or left out for good: there is nothing to do again when the run goes on. */
export function isDone(records: readonly CatalogueRecord[], round: number, fault: CatalogueRecord['fault']): boolean {
  return records.some((each) => each.round === round && each.fault === fault && each.error === undefined);
}
