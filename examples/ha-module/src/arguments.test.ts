import { expect, test } from 'vitest';
import { readModuleArguments } from './arguments.ts';

const NEEDED = {
  name: 'a',
  store: 'etcd://10.0.0.1:2379,10.0.0.2:2379',
  press: 'http://10.0.0.7:8080',
  publish: 'mqtt://10.0.0.9',
};

function read(options: Readonly<Record<string, string>>) {
  return readModuleArguments(Object.entries(options).flatMap(([option, value]) => [`--${option}`, value]));
}

test('every member of an etcd is an endpoint, and what is not given has its default', () => {
  const { store, key, leaseMs } = read(NEEDED);
  expect(store).toMatchObject({ kind: 'etcd', endpoints: ['http://10.0.0.1:2379', 'http://10.0.0.2:2379'] });
  expect({ key, leaseMs }).toEqual({ key: 'cell-7/press', leaseMs: 500 });
});

test('a file is taken as it is written', () => {
  expect(read({ ...NEEDED, store: 'sqlite:./a b:c.db' }).store).toMatchObject({ kind: 'sqlite', path: './a b:c.db' });
});

test('all that is missing is named at once, with an example', () => {
  expect(() => read({ name: 'a' })).toThrow(/no --store, --press, --publish: .*--publish mqtt:/);
});

test.each([
  ['name', ''],
  ['store', 'foo'],
  ['store', 'sqlite:'],
  ['store', 'etcd://'],
  ['store', 'etcd://a:b'],
  ['store', 'etcd://10.0.0.1:2379,'],
  ['press', '10.0.0.7:8080'],
  ['press', 'mqtt://10.0.0.7'],
  ['publish', 'mqtt://'],
  ['publish', 'mqttt://10.0.0.9'],
  ['key', ''],
  ['lease-ms', 'abc'],
  ['lease-ms', '0.5e3'],
  ['lease-ms', '99'],
  ['lease-ms', '3600001'],
])('--%s "%s" is refused by the name of the option', (option, value) => {
  expect(() => read({ ...NEEDED, [option]: value })).toThrow(`--${option} ${value === '' ? '""' : value}`);
});
