export { type AgentTexts, agentPaths } from './agents.ts';
export { loadAgentTexts } from './load-agents.ts';
export { probeCommand } from './probe-command.ts';
export { crashUnit, crashUnitPath, dropInPath, workloadDropIn } from './systemd/units.ts';
