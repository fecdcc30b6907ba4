import { HoldfastError, type ProgressEvent } from '../core/index.ts';
import type { CliContext } from './context.ts';

/** Shows progress until it ends. When it ends because of Ctrl-C, says how far it came before the error goes on its way. */
export async function follow(events: AsyncIterable<ProgressEvent>, context: CliContext): Promise<void> {
  try {
    for await (const event of events) context.progress(event);
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'HF-APPLY-INTERRUPTED') context.print(error.message);
    throw error;
  }
}
