export { type AgentMetadata, checkAgent, readAgentMetadata } from './agent/agent-metadata.ts';
export { fenceDevice, type SwitchingDevice } from './device-of.ts';
export { type FenceDevice, secretPath } from './fence-device.ts';
export { agentCall, type FenceAction, type FenceScript, fenceScript } from './fence-script.ts';
export { selfFencedAfterMs, selfFencing, watchdogAgent, watchdogId } from './watchdog/watchdog.ts';
