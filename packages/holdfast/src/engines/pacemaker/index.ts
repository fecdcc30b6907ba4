export type * from './cib.ts';
