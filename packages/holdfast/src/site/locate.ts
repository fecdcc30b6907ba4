import type { SourceLocation } from '../core/index.ts';
import { type Path, parseYaml } from './yaml.ts';

/** The place of the value at `path` in a site file that was read without a mistake; of what comes nearest where it has none. */
export function locateInSite(text: string, file: string, path: Path): SourceLocation {
  return parseYaml(text, file).locate(path);
}
