import { HoldfastError, type Problem } from '../core/index.ts';
import { paint } from './context.ts';

/** Any thrown value as a HoldfastError. What is not one already is a defect of Holdfast, and says so. */
export function toHoldfastError(thrown: unknown): HoldfastError {
  if (thrown instanceof HoldfastError) return thrown;
  return new HoldfastError(
    {
      code: 'HF-CLI-DEFECT',
      message: `Holdfast failed in a way it should not: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      remedy: 'Please report this, with the command and the lines below.',
      source: 'tool',
    },
    { cause: thrown },
  );
}

/**
 * The error for people: for each problem `file:line:column  code  message`, and the remedy below it. A defect is followed
 * by its stack.
 */
export function renderError(error: HoldfastError, colour: boolean): string {
  const parts = error.problems.map((problem) => renderProblem(problem, colour));
  if (error.problems.length > 1) parts.push(`${error.problems.length} problems.`);
  if (error.code === 'HF-CLI-DEFECT' && error.cause instanceof Error && error.cause.stack !== undefined) {
    parts.push(paint(colour, 'dim', error.cause.stack));
  }
  return parts.join('\n');
}

export function renderProblem(problem: Problem, colour: boolean): string {
  const place = problem.at === undefined ? '' : `${paint(colour, 'bold', placeOf(problem.at))}  `;
  return `${place}${paint(colour, 'red', problem.code)}  ${problem.message}\n  ${paint(colour, 'cyan', '→')} ${problem.remedy}`;
}

function placeOf(at: NonNullable<Problem['at']>): string {
  return `${at.file}:${at.line}:${at.column}`;
}

/** The error as the one JSON value that `--json` prints. */
export function errorAsJson(error: HoldfastError): { readonly error: unknown } {
  const { code, message, remedy, source } = error.problems[0];
  return { error: { code, message, remedy, source, problems: error.problems } };
}
