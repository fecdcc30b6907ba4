export type * from './cib.ts';
export { primitivesOf } from './cib.ts';
export { type CrashCounting, crashesUntil, failCountAfter } from './crash-count.ts';
export type { PacemakerDialect, WatchdogWait } from './dialect.ts';
export { type CibChange, describeCibChange, diffCib } from './diff-cib.ts';
export { pacemakerDuration } from './duration.ts';
export { allFaults, type FaultScenario, type Parts } from './faults.ts';
export { fenceConstraintPrefix, onlyPromotableOn } from './fence-constraint.ts';
export { type LocatedXml, parseXml, parseXmlFile } from './parse-xml.ts';
export { proposeCib } from './propose-cib.ts';
export {
  readSimulation,
  type ScenarioOutcome,
  type ServiceOutcome,
  type SimulatedStep,
} from './read-simulation.ts';
export { checkFailure, promotableIn, type Scenario, type SimulatedEvent } from './scenarios.ts';
export { simulationScript } from './simulation-script.ts';
export { writeCib } from './write-cib.ts';
export { child, descendants, element, serializeXml, type XmlElement } from './xml.ts';
