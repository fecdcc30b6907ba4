export { type ConfBody, type ConfSection, parseConf } from './conf-tree.ts';
export type { CorosyncConf, CorosyncMember, QuorumDevice } from './corosync-conf.ts';
export { writeCorosyncConf } from './write-conf.ts';
