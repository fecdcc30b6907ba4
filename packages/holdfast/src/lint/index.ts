export { compiledFiles } from './compiled-files.ts';
export { type Finding, type Place, type Rule, type RuleCode, type Severity, severities } from './finding.ts';
export { type InputFile, kindOf } from './inputs/read-inputs.ts';
export { type LintInput, lint } from './lint.ts';
export { sarifLog } from './output/sarif.ts';
export { renderFindings } from './output/terminal.ts';
export { readCluster } from './read-cluster.ts';
