import { describe, expect, test } from 'vitest';
import { fieldIn, fieldReader, type Incoming, keyReader, sequenceReader } from './fields.ts';

function message(payload: string, rest: Partial<Incoming> = {}): Incoming {
  return { topic: 'cell-7/alpha/press', payload: Buffer.from(payload), userProperties: undefined, ...rest };
}

const read = (text: string) => fieldReader(fieldIn('key', text));
const key = (...texts: string[]) => keyReader(texts.map((each) => fieldIn('key', each)));

describe('a field of a message', () => {
  test.each([
    ['json:id', message('{"id": "x-1"}'), 'x-1'],
    ['json:id', message('{"id": 17}'), '17'],
    ['json:machine.id', message('{"machine": {"id": 3}}'), '3'],
    ['property:id', message('', { userProperties: { id: 'p' } }), 'p'],
    ['level:2', message(''), 'alpha'],
    ['sha256', message('abc'), 'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0='],
  ])('%s is read', (text, incoming, value) => {
    expect(read(text)(incoming)).toBe(value);
  });

  test.each([
    ['json:id', message('{"id": null}')],
    ['json:id', message('{"id": {}}')],
    ['json:id', message('no JSON')],
    ['json:id', message('17')],
    ['json:toString', message('{}')],
    ['json:length', message('"text"')],
    ['property:id', message('')],
    ['property:id', message('', { userProperties: { id: ['twice', 'given'] } })],
    ['level:4', message('')],
  ])('%s that is not there is no key, so that nothing is taken for a copy of something else', (text, incoming) => {
    expect(read(text)(incoming)).toBeUndefined();
  });

  test.each(['9007199254740993', '1e400', '0.1', '-0.5'])(
    'the number %s is no key: JavaScript may read another number the same',
    (number) => {
      expect(read('json:id')(message(`{"id": ${number}}`))).toBeUndefined();
    },
  );

  test('two different payloads in a row are each read', () => {
    const id = read('json:id');
    expect([id(message('{"id": 1}')), id(message('{"id": 2}'))]).toEqual(['1', '2']);
  });
});

describe('two messages that differ never have one key:', () => {
  const latin1 = (text: string): Incoming => ({ ...message(''), payload: Buffer.from(text, 'latin1') });

  test('JSON that is not UTF-8 has none', () => {
    expect(['{"id": "ä"}', '{"id": "ö"}'].map((text) => key('json:id')(latin1(text)))).toEqual([undefined, undefined]);
    expect(['{"id": "ä"}', '{"id": "ö"}'].map((text) => key('json:id')(message(text)))).toEqual(['ä', 'ö']);
  });

  test('half a character is none', () => {
    expect(key('json:id')(message('{"id": "\\ud800"}'))).toBeUndefined();
  });

  test('a number and the text of it are two', () => {
    const texts = ['7', '"7"', '"=7"', '"==7"', '-7', '"-7"', '"=-7"'].map((id) => `{"id": ${id}, "n": 1}`);
    expect(new Set(texts.map((text) => key('json:id')(message(text)))).size).toBe(texts.length);
    expect(new Set(texts.map((text) => key('json:id', 'json:n')(message(text)))).size).toBe(texts.length);
  });
});

describe('a key of parts', () => {
  test('is the same only where all parts are', () => {
    const both = key('json:machine', 'json:n');
    const first = both(message('{"machine": "a", "n": 12}'));
    expect(first).toBe(both(message('{"n": 12, "machine": "a", "sent": 5}')));
    expect(first).not.toBe(both(message('{"machine": "a1", "n": 2}')));
    expect(both(message('{"machine": "a\\",\\"1", "n": 2}'))).not.toBe(both(message('{"machine": "a", "n": 12}')));
  });

  test('is none where a part is missing or empty', () => {
    expect(key('json:machine', 'json:n')(message('{"n": 12}'))).toBeUndefined();
    expect(key('json:machine', 'json:n')(message('{"machine": "", "n": 12}'))).toBeUndefined();
  });
});

test('a sequence number is a whole number, as text or not', () => {
  const sequence = sequenceReader(fieldIn('sequence', 'json:n'));
  expect([sequence(message('{"n": 7}')), sequence(message('{"n": "8"}'))]).toEqual([7, 8]);
  expect([sequence(message('{"n": -1}')), sequence(message('{"n": "x"}')), sequence(message('{}'))]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
