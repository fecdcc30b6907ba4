/**
 * What long operations report while they run. The terminal, the console and `--json` are readers of the same stream
 * (`for await (const event of apply(…))`).
 */
export type ProgressEvent =
  | { readonly kind: 'task-started'; readonly id: string; readonly title: string; readonly host?: string }
  | { readonly kind: 'task-output'; readonly id: string; readonly text: string }
  | {
      readonly kind: 'task-finished';
      readonly id: string;
      readonly outcome: 'done' | 'unchanged' | 'skipped';
      readonly note?: string;
    }
  | { readonly kind: 'task-failed'; readonly id: string; readonly message: string };

/** Takes progress as it happens. Never throws and never waits. */
export type ProgressSink = (event: ProgressEvent) => void;
