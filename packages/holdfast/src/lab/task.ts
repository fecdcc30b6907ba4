import type { ProgressSink } from '../core/index.ts';

/** Reports a piece of work while it runs. A value of 'running' says that there was nothing to do. */
export async function task<T>(progress: ProgressSink, id: string, title: string, work: () => Promise<T>): Promise<T> {
  progress({ kind: 'task-started', id, title });
  try {
    const value = await work();
    progress({ kind: 'task-finished', id, outcome: value === 'running' ? 'unchanged' : 'done' });
    return value;
  } catch (error) {
    progress({ kind: 'task-failed', id, message: error instanceof Error ? error.message : String(error) });
    throw error;
  }
}
