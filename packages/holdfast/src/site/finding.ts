import type { ErrorCode, Problem } from '../core/index.ts';
import type { Path, YamlFile } from './yaml.ts';

/** Something wrong at a path of the site file; where that is in the text is looked up afterwards. */
export interface Finding {
  readonly code: ErrorCode;
  readonly path: Path;
  /** Whether the key is wrong or missing something, rather than the value. */
  readonly onKey?: boolean;
  readonly message: string;
  readonly remedy: string;
}

export function toProblem(finding: Finding, yaml: YamlFile): Problem {
  return {
    code: finding.code,
    message: finding.message,
    remedy: finding.remedy,
    source: 'user',
    at: finding.onKey === true ? yaml.locateKey(finding.path) : yaml.locate(finding.path),
  };
}

/** A path as people write it: `nodes[0].links[1]`. */
export function showPath(path: Path): string {
  return path.reduce<string>(
    (shown, step) =>
      typeof step === 'number' ? `${shown}[${step}]` : `${shown}${shown === '' ? '' : '.'}${step.slice(0, 60)}`,
    '',
  );
}
