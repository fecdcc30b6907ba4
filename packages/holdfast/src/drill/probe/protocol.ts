import { z } from 'zod';
import type { Operation } from '../types.ts';

/** What the drill tells its client process, a JSON value on each line of standard input. End of input ends it. */
const commandSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('load'),
    prefix: z.string(),
    ratePerSecond: z.number().positive(),
    maxInFlight: z.number().int().positive(),
  }),
  z.object({ kind: z.literal('stop') }),
  z.object({ kind: z.literal('read'), prefix: z.string(), timeoutMs: z.number().positive() }),
]);

/** What it says back on standard output. */
const reportSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('operation'),
    key: z.string(),
    intendedAtMs: z.number(),
    invokedAtMs: z.number(),
    completedAtMs: z.number().optional(),
    /** From sending to answer by a clock that never steps. */
    elapsedMonotonicMs: z.number(),
    result: z.enum(['ok', 'fail', 'unknown']),
    servedBy: z.object({ node: z.string(), start: z.number() }).optional(),
  }),
  z.object({ kind: z.literal('stopped'), skipped: z.number() }),
  z.object({ kind: z.literal('keys'), keys: z.array(z.string()) }),
  z.object({ kind: z.literal('unreadable'), reason: z.string() }),
]);

export type ProbeCommand = z.infer<typeof commandSchema>;
export type ProbeReport = z.infer<typeof reportSchema>;
type OperationReport = Extract<ProbeReport, { kind: 'operation' }>;

export function parseCommand(line: string): ProbeCommand {
  return commandSchema.parse(JSON.parse(line));
}

export function parseReport(line: string): ProbeReport {
  return reportSchema.parse(JSON.parse(line));
}

export function operationOf(report: OperationReport): Operation {
  const { key, intendedAtMs, invokedAtMs, completedAtMs, result, servedBy } = report;
  return {
    key,
    intendedAtMs,
    invokedAtMs,
    result,
    ...(completedAtMs !== undefined && { completedAtMs }),
    ...(servedBy !== undefined && { servedBy }),
  };
}
