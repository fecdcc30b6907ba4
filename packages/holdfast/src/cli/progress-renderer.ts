import type { Clock, ProgressEvent } from '../core/index.ts';
import { paint, type TextStream } from './context.ts';

export interface ProgressRenderer {
  show(event: ProgressEvent): void;
  /** Runs `write`, which prints elsewhere on the same terminal, with the live list out of its way. */
  around(write: () => void): void;
  close(): void;
}

interface Task {
  readonly title: string;
  readonly startedAtMs: number;
  latestOutput: string;
}

const redrawEveryMs = 100;
const showSecondsAfterMs = 1000;
/** More running tasks than this are counted, not listed, so that the list never outgrows the screen. */
const mostLinesLive = 12;

/**
 * Shows progress events. Each finished task becomes a line that stays. On a terminal the running ones stand below it and
 * are drawn again while they run, with their seconds once they have taken one; elsewhere a line tells the start of nothing
 * and the end of everything.
 */
export function createProgressRenderer(options: {
  readonly stream: TextStream;
  readonly clock: Clock;
  readonly colour: boolean;
}): ProgressRenderer {
  const { stream, clock, colour } = options;
  const live = stream.isTTY === true;
  const tasks = new Map<string, Task>();
  let linesDrawn = 0;
  let timer: NodeJS.Timeout | undefined;

  function erase(): string {
    const sequence = linesDrawn === 0 ? '' : `\u001b[${linesDrawn}A\u001b[J`;
    linesDrawn = 0;
    return sequence;
  }

  function draw(): string {
    if (!live || tasks.size === 0) return '';
    const running = [...tasks.values()];
    const lines = running.slice(0, mostLinesLive).map((task) => fit(runningLine(task), stream.columns ?? 80));
    if (running.length > mostLinesLive) lines.push(`  and ${running.length - mostLinesLive} more`);
    linesDrawn = lines.length;
    return `${lines.join('\n')}\n`;
  }

  function runningLine(task: Task): string {
    return `  … ${task.title}${seconds(task)}${task.latestOutput === '' ? '' : `  ${task.latestOutput}`}`;
  }

  function seconds(task: Task): string {
    const elapsedMs = clock.monotonic() - task.startedAtMs;
    return elapsedMs < showSecondsAfterMs ? '' : `  ${(elapsedMs / 1000).toFixed(1)} s`;
  }

  function keepTimer(): void {
    if (live && tasks.size > 0 && timer === undefined) {
      timer = setInterval(() => stream.write(erase() + draw()), redrawEveryMs);
      timer.unref();
    } else if (tasks.size === 0 && timer !== undefined) {
      clearInterval(timer);
      timer = undefined;
    }
  }

  function finish(id: string, mark: string, note: string | undefined): string {
    const task = tasks.get(id);
    if (task === undefined) return '';
    tasks.delete(id);
    return `${mark} ${task.title}${paint(colour, 'dim', `${seconds(task)}${note === undefined ? '' : `  ${note}`}`)}\n`;
  }

  function permanentLine(event: ProgressEvent): string {
    switch (event.kind) {
      case 'task-started': {
        const title = event.host === undefined ? event.title : `${event.host}: ${event.title}`;
        tasks.set(event.id, { title, startedAtMs: clock.monotonic(), latestOutput: '' });
        return '';
      }
      case 'task-output': {
        const task = tasks.get(event.id);
        if (task !== undefined) task.latestOutput = lastLine(event.text);
        return '';
      }
      case 'task-finished': {
        const mark = { done: paint(colour, 'green', '✔'), unchanged: '=', skipped: '-' }[event.outcome];
        return finish(event.id, mark, event.note ?? (event.outcome === 'done' ? undefined : event.outcome));
      }
      case 'task-failed':
        return finish(event.id, paint(colour, 'red', '✘'), event.message);
    }
  }

  return {
    show(event) {
      const line = permanentLine(event);
      const text = erase() + line + draw();
      if (text !== '') stream.write(text);
      keepTimer();
    },
    around(write) {
      const before = erase();
      if (before !== '') stream.write(before);
      write();
      const after = draw();
      if (after !== '') stream.write(after);
    },
    close() {
      const left = erase();
      if (left !== '') stream.write(left);
      tasks.clear();
      keepTimer();
    },
  };
}

/** A live line must not wrap: the erasing counts lines. */
function fit(line: string, columns: number): string {
  return line.length < columns ? line : `${line.slice(0, columns - 2)}…`;
}

function lastLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what a program prints may hold control characters; they would break the list.
  return (text.trimEnd().split('\n').at(-1) ?? '').replaceAll(/[\u0000-\u001f\u007f]/g, ' ');
}
