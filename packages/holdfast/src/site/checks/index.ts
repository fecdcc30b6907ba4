import type { Draft } from '../draft.ts';
import type { Finding } from '../finding.ts';
import type { YamlFile } from '../yaml.ts';
import { checkAddresses } from './addresses.ts';
import { checkFencing, type ReadReferencedFile } from './fencing.ts';
import { checkNames } from './names.ts';
import { checkNodes } from './nodes.ts';
import { checkRisks } from './risks.ts';
import { checkScalars } from './scalars.ts';
import { checkSsh } from './ssh.ts';
import { checkState } from './state.ts';
import { checkTimes } from './times.ts';
import { checkWorkloads } from './workloads.ts';

export type { ReadReferencedFile } from './fencing.ts';

/** Everything that can be wrong with values that have the right shape. Reads no file but those named in the site file. */
export function checkMeaning(yaml: YamlFile, draft: Draft, readFile: ReadReferencedFile): readonly Finding[] {
  return [
    ...checkScalars(yaml),
    ...checkNames(draft),
    ...checkNodes(draft),
    ...checkSsh(draft),
    ...checkAddresses(draft),
    ...checkTimes(draft),
    ...checkWorkloads(draft),
    ...checkState(draft),
    ...checkFencing(draft, readFile),
    ...checkRisks(draft),
  ];
}
