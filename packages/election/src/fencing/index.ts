export { type Gate, memoryGate } from './gate.ts';
export { type Admission, FENCING_HEADER, fencedHandler } from './http.ts';
export { type FencedTopic, fencedTopic } from './mqtt.ts';
export { sqliteGate, writeFenced } from './sqlite.ts';
