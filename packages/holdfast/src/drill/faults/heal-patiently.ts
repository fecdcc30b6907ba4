import type { Fault, FaultContext } from './fault.ts';

const healAgainAfterMs = 1000;

/** A node that was fenced or switched on is on its way back: heals it when it answers. Throws the last trouble after `limitMs`. */
export async function healPatiently(
  fault: Fault,
  context: FaultContext,
  limitMs: number,
  signal?: AbortSignal,
): Promise<void> {
  const deadlineMs = context.clock.monotonic() + limitMs;
  for (;;) {
    try {
      return await fault.heal(context);
    } catch (error) {
      if (signal?.aborted || context.clock.monotonic() >= deadlineMs) throw error;
    }
    await context.clock.sleep(healAgainAfterMs, signal);
  }
}
