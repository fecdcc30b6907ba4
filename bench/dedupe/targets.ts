/** What is asked of a figure, and what was measured; kept in the results and printed below the table. */
export interface Target {
  readonly target: string;
  readonly subject: string;
  readonly measured: string;
  readonly met: boolean;
}

/** A rate by the clock counts; that by processor time shows what a busy machine may have hidden. */
export function rateTarget(
  subject: string,
  least: number,
  { messagesPerSecond, cpuNanoseconds }: { readonly messagesPerSecond: number; readonly cpuNanoseconds: number },
): Target[] {
  const byProcessor = 1e9 / cpuNanoseconds;
  return [
    { by: 'the clock', rate: messagesPerSecond },
    { by: 'processor time', rate: byProcessor },
  ].map(({ by, rate }) => ({
    target: `at least ${grouped(least)} messages/s by ${by}`,
    subject,
    measured: grouped(rate),
    met: rate >= least,
  }));
}

export function printTargets(targets: readonly Target[]): void {
  console.log('');
  for (const { target, subject, measured, met } of targets) {
    console.log(`${met ? 'met yes' : 'met NO '}  ${target.padEnd(52)} ${subject.padEnd(36)} ${measured}`);
  }
}

export function grouped(number: number): string {
  return Math.round(number).toLocaleString('en');
}
