export type * from './cib.ts';
export { pacemakerDuration } from './duration.ts';
export { writeCib } from './write-cib.ts';
export { element, serializeXml, type XmlElement } from './xml.ts';
