import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DrillResult } from '../../packages/holdfast/src/drill/index.ts';
import type { Configuration } from './configuration.ts';

/** One drill of the benchmark: what was measured, or why it could not be done. Without the time line, which is large. */
export interface BenchRecord {
  readonly configuration: Configuration['name'];
  readonly round: number;
  readonly fault: DrillResult['fault'];
  readonly result?: Omit<DrillResult, 'timeline'>;
  readonly error?: string;
}

/** Written at once, one a line: what is interrupted goes on from here. */
export function appendRecord(file: string, record: object): void {
  mkdirSync(dirname(file), { recursive: true });
  appendFileSync(file, `${JSON.stringify(record)}\n`);
}

/** What `appendRecord` wrote; only ever a file of the same benchmark. */
export function readRecords<Line extends object = BenchRecord>(file: string): Line[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line): Line => JSON.parse(line));
}
