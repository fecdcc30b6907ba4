export type * from './cib.ts';
export { type CibChange, describeCibChange, diffCib } from './diff-cib.ts';
export { pacemakerDuration } from './duration.ts';
export { parseXml } from './parse-xml.ts';
export { proposeCib } from './propose-cib.ts';
export { writeCib } from './write-cib.ts';
export { child, descendants, element, serializeXml, type XmlElement } from './xml.ts';
