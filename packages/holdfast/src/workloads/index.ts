export { type AgentTexts, agentPaths } from './agents.ts';
