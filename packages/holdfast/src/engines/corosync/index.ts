export { type ConfBody, type ConfSection, type LocatedConf, parseConf, parseConfFile } from './conf-tree.ts';
export type { CorosyncConf, CorosyncMember, QuorumDevice } from './corosync-conf.ts';
export { writeCorosyncConf } from './write-conf.ts';
