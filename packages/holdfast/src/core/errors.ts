import type { ErrorCode } from './codes.ts';

/** Who can mend it: the person who wrote the file or the command, whoever runs the machines, or we. */
export type ErrorSource = 'user' | 'site' | 'tool';

/** A place in a file that a person wrote. Line and column count from 1. */
export interface SourceLocation {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong: what, where, and what to do about it. */
export interface Problem {
  readonly code: ErrorCode;
  /** What is wrong here, with the names and values of this site; one sentence. */
  readonly message: string;
  /** What the reader can do now; one sentence in the imperative. */
  readonly remedy: string;
  readonly source: ErrorSource;
  readonly at?: SourceLocation;
}

/**
 * The one error type that leaves a public function. `problems` has at least one entry; `code`, `message`, `remedy` and
 * `source` are those of the first. Anything else that is thrown is a defect of Holdfast.
 */
export class HoldfastError extends Error {
  override readonly name = 'HoldfastError';
  readonly problems: readonly [Problem, ...Problem[]];

  constructor(problem: Problem | readonly [Problem, ...Problem[]], options?: { cause?: unknown }) {
    const problems: readonly [Problem, ...Problem[]] = isProblem(problem) ? [problem] : problem;
    super(problems.map((each) => each.message).join('\n'), options);
    this.problems = problems;
  }

  get code(): ErrorCode {
    return this.problems[0].code;
  }

  get remedy(): string {
    return this.problems[0].remedy;
  }

  get source(): ErrorSource {
    return this.problems[0].source;
  }
}

function isProblem(value: Problem | readonly Problem[]): value is Problem {
  return !Array.isArray(value);
}
