import { createHash } from 'node:crypto';
import { wrong } from './address.ts';

/** A message as it came in, as far as fields are read from it. */
export interface Incoming {
  readonly topic: string;
  readonly payload: Buffer;
  readonly userProperties: Readonly<Record<string, string | string[]>> | undefined;
}

/** Where a key, a source or a sequence number stands in a message. */
export type Field =
  | { readonly kind: 'json'; readonly path: readonly string[] }
  | { readonly kind: 'property'; readonly name: string }
  | { readonly kind: 'level'; readonly level: number }
  | { readonly kind: 'sha256' };

/** `json:machine.id`, `property:id`, `level:2` or `sha256`. Throws HF-DEDUPE-OPTION. */
export function fieldIn(option: string, text: string): Field {
  const [kind = '', ...rest] = text.split(':');
  const name = rest.join(':');
  if (kind === 'json' && name !== '' && !name.split('.').includes('')) return { kind, path: name.split('.') };
  if (kind === 'property' && name !== '') return { kind, name };
  if (kind === 'level' && /^[1-9]\d{0,2}$/.test(name)) return { kind, level: Number(name) };
  if (text === 'sha256' && option === 'key') return { kind: 'sha256' };
  throw wrong(
    `--${option} ${text} names nothing of a message`,
    `Write json:FIELD, property:NAME or level:NUMBER${option === 'key' ? ', or sha256 for the whole payload' : ''}.`,
  );
}

export type Reader = (message: Incoming) => string | undefined;

/**
 * Reads a field; undefined if the message does not have it. A JSON number counts only as a whole number that JavaScript
 * holds exactly: two larger ones could read the same, and a message that was never seen would be dropped as a copy.
 */
export function fieldReader(field: Field): Reader {
  switch (field.kind) {
    case 'json':
      return (message) => {
        const value = jsonValue(field.path, message);
        // Half a character would become the same replacement character as any other half.
        if (typeof value === 'string') return value.isWellFormed() ? value : undefined;
        return Number.isSafeInteger(value) ? String(value) : undefined;
      };
    case 'property':
      return (message) => {
        const value = message.userProperties?.[field.name];
        return typeof value === 'string' ? value : undefined;
      };
    case 'level':
      return (message) => message.topic.split('/')[field.level - 1];
    case 'sha256':
      return (message) => createHash('sha256').update(message.payload).digest('base64');
  }
}

/** All parts together; undefined if one is not there. In JSON the number 7 and the text "7" are two keys. */
export function keyReader(fields: readonly Field[]): Reader {
  const [first, ...others] = fields.map(partReader);
  if (first === undefined) return () => undefined;
  if (others.length === 0) return first;
  return (message) => {
    const parts = [first, ...others].map((read) => read(message) || undefined);
    // As JSON, so that the parts "a", "b" and "a,b", "" are not the same key.
    return parts.includes(undefined) ? undefined : JSON.stringify(parts);
  };
}

/** A number begins with "=", a text with "==" if it begins with "=" itself, and all others stay as they are. */
function partReader(field: Field): Reader {
  const read = fieldReader(field);
  if (field.kind !== 'json') return read;
  return (message) => {
    const text = read(message);
    const isNumber = typeof jsonValue(field.path, message) === 'number';
    return text !== undefined && (isNumber || text.startsWith('=')) ? `=${text}` : text;
  };
}

export function sequenceReader(field: Field): (message: Incoming) => number | undefined {
  const read = fieldReader(field);
  return (message) => {
    const text = read(message);
    return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  };
}

function jsonValue(path: readonly string[], message: Incoming): unknown {
  return path.reduce(member, parsed(message.payload));
}

/** Bytes that are not UTF-8 would all be read as the same character, and two messages as one. */
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Key, source and sequence mostly stand in the same payload: it is parsed once. */
let last: { readonly payload: Buffer; readonly value: unknown } | undefined;

function parsed(payload: Buffer): unknown {
  if (last?.payload === payload) return last.value;
  let value: unknown;
  try {
    value = JSON.parse(UTF8.decode(payload));
  } catch {
    value = undefined;
  }
  last = { payload, value };
  return value;
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return Object.getOwnPropertyDescriptor(value, name)?.value;
}
