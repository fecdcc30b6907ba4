import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DrillResult } from '../../packages/holdfast/src/drill/index.ts';

/** One drill: what was measured, why it was left out, or why it failed to run. Without the time line, which is large. */
export interface CatalogueRecord {
  readonly round: number;
  readonly fault: DrillResult['fault'];
  readonly result?: Omit<DrillResult, 'timeline'>;
  readonly leftOut?: string;
  readonly error?: string;
}

/** Written at once, one a line: what is interrupted goes on from here. */
export function appendRecord(file: string, record: CatalogueRecord): void {
  mkdirSync(dirname(file), { recursive: true });
  appendFileSync(file, `${JSON.stringify(record)}\n`);
}

export function readRecords(file: string): CatalogueRecord[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line): CatalogueRecord => JSON.parse(line));
}
