export { type RunInterval, runIntervals } from './activity.ts';
export { type ClockOffset, measureClockOffset, sameClock } from './clock-offset.ts';
export { whyNoLaterLevel } from './fencing-levels.ts';
export {
  type JournalEntry,
  type JournalMark,
  joinJournals,
  markJournal,
  readJournal,
  withoutLevel,
} from './journal.ts';
export { clusterResource, type ExclusiveThing, workloadUnit } from './marks.ts';
export { startsWithoutQuorum } from './quorum.ts';
export { sampleNode } from './sampler.ts';
export { judgeTwoActive, type Sample, type ThingActivity, type TwoActiveFinding } from './two-active.ts';
