import { HoldfastError, hanging, type Problem } from '../core/index.ts';
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
 * The error for people, in lines of at most `columns`: for each problem `file:line:column  code  message`, and the remedy below it.
 * A defect is followed by its stack.
 */
export function renderError(error: HoldfastError, colour: boolean, columns = Number.POSITIVE_INFINITY): string {
  const parts = error.problems.map((problem) => renderProblem(problem, colour, columns));
  if (error.problems.length > 1) parts.push(`${error.problems.length} problems.`);
  if (error.code === 'HF-CLI-DEFECT' && error.cause instanceof Error && error.cause.stack !== undefined) {
    parts.push(paint(colour, 'dim', error.cause.stack));
  }
  return parts.join('\n');
}

function renderProblem(problem: Problem, colour: boolean, columns: number): string {
  const place = problem.at === undefined ? '' : `${paint(colour, 'bold', placeOf(problem.at))}  `;
  const said = `${place}${paint(colour, 'red', problem.code)}  ${problem.message}`;
  return [...broken('', said, columns), ...broken(`  ${paint(colour, 'cyan', '→')} `, problem.remedy, columns)].join(
    '\n',
  );
}

/** Lines of the text stay lines, and what stands between backquotes stays on one: it is there to be copied. */
function broken(first: string, text: string, columns: number): readonly string[] {
  const indent = first === '' ? 2 : 4;
  return text
    .replaceAll(/`[^`\n]*`/g, (quoted) => quoted.replaceAll(' ', unbreakable))
    .split('\n')
    .flatMap((line, index) => (index === 0 ? hanging(first, indent, line, columns) : hanging('', 0, line, columns)))
    .map((line) => line.replaceAll(unbreakable, ' '));
}

/** Of Unicode's private use area: no message holds it. */
const unbreakable = '\u{E000}';

function placeOf(at: NonNullable<Problem['at']>): string {
  return `${at.file}:${at.line}:${at.column}`;
}

/** The error as the one JSON value that `--json` prints. */
export function errorAsJson(error: HoldfastError): { readonly error: unknown } {
  const { code, message, remedy, source } = error.problems[0];
  return { error: { code, message, remedy, source, problems: error.problems } };
}
