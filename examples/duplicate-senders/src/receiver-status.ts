/** What the table shows of GET / of holdfast-dedupe --status. */
export interface ReceiverStatus {
  readonly first: number;
  readonly duplicates: number;
  readonly inDoubt: number;
  /** Copies that it has and that are not done with. */
  readonly atWork: number;
  readonly sources: readonly {
    readonly source: string;
    readonly received: number;
    readonly first: number;
    readonly silent: boolean;
    readonly lagP50Ms: number;
  }[];
}

export function receiverStatusIn(answer: unknown): ReceiverStatus {
  const sources = member(answer, 'sources');
  const output = member(answer, 'output');
  return {
    first: numberIn(answer, 'first'),
    duplicates: numberIn(answer, 'duplicates'),
    inDoubt: numberIn(output, 'inDoubt'),
    atWork: numberIn(answer, 'unacknowledged') + numberIn(output, 'inFlight') + numberIn(output, 'waiting'),
    sources: (Array.isArray(sources) ? sources : []).map((each: unknown) => ({
      source: String(member(each, 'source')),
      received: numberIn(each, 'received'),
      first: numberIn(each, 'first'),
      silent: member(each, 'silent') === true,
      lagP50Ms: numberIn(member(each, 'lag'), 'p50Ms'),
    })),
  };
}

function numberIn(value: unknown, name: string): number {
  return Number(member(value, name));
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([each]) => each === name)?.[1];
}
