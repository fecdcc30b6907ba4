export { corosyncKeySecret, drbdSecret } from './defaults.ts';
export { siteJsonSchema } from './json-schema.ts';
export { type ParseSiteOptions, parseSite } from './parse.ts';
export { readSite } from './read.ts';
export type * from './site.ts';
