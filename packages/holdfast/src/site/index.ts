export { corosyncKeySecret, defaults, drbdSecret } from './defaults.ts';
export { fencingSecrets } from './fencing-secrets.ts';
export { siteJsonSchema } from './json-schema.ts';
export { locateInSite } from './locate.ts';
export { type ParseSiteOptions, parseSite } from './parse.ts';
export { patience } from './patience.ts';
export { readSite } from './read.ts';
export type * from './site.ts';
