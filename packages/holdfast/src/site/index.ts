export { readSite } from './read.ts';
export type * from './site.ts';
