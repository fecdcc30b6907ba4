import { createServer, request as httpRequest } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { FENCING_HEADER, fencedHandler, fencedTopic, memoryGate, sqliteGate, writeFenced } from './index.ts';

test('a gate admits equal and higher tokens and refuses smaller ones and what is no token', () => {
  const database = new DatabaseSync(':memory:');
  for (const gate of [memoryGate(), sqliteGate(database, 'press')]) {
    expect([7, 7, 9, 8, 9, Number.NaN, 10].map((token) => gate.admits(token))).toEqual([
      true,
      true,
      true,
      false,
      true,
      false,
      true,
    ]);
  }
});

test('a gate in SQLite remembers what another one of the same resource admitted', () => {
  const database = new DatabaseSync(':memory:');
  expect(sqliteGate(database, 'press').admits(5)).toBe(true);
  expect(sqliteGate(database, 'press').admits(4)).toBe(false);
  expect(sqliteGate(database, 'oven').admits(4)).toBe(true);
});

test('a row is written by the newest leader only, and a refused or failed write leaves nothing behind', () => {
  const database = new DatabaseSync(':memory:');
  database.exec('CREATE TABLE press (speed INTEGER)');
  const write = (token: number, speed: number) =>
    writeFenced(database, 'press', token, () => database.prepare('INSERT INTO press VALUES (?)').run(speed));
  write(2, 20);
  expect(() => write(1, 10)).toThrow(expect.objectContaining({ code: 'HF-ELECT-STALE-TOKEN' }));
  expect(() =>
    writeFenced(database, 'press', 3, () => {
      database.exec('INSERT INTO press VALUES (30)');
      throw new Error('broken');
    }),
  ).toThrow('broken');
  write(2, 21);
  expect(database.prepare('SELECT speed FROM press').all()).toEqual([{ speed: 20 }, { speed: 21 }]);
});

test('work that would go on after the transaction is refused and rolled back', async () => {
  const database = new DatabaseSync(':memory:');
  database.exec('CREATE TABLE press (speed INTEGER)');
  const insert = () => database.exec('INSERT INTO press VALUES (10)');
  const inTime = async () => insert();
  const later = async () => {
    await null;
    insert();
  };
  // A promise from a function that does not look asynchronous.
  for (const work of [inTime, later, () => inTime()]) {
    expect(() => writeFenced(database, 'press', 1, work)).toThrow(
      expect.objectContaining({ code: 'HF-ELECT-ASYNC-WORK' }),
    );
  }
  await new Promise(setImmediate);
  expect(database.isTransaction).toBe(false);
  expect(database.prepare('SELECT speed FROM press').all()).toEqual([]);
});

test('a request whose body comes after a newer leader has written is told from the newer one', async () => {
  const written: string[] = [];
  const arrived = Promise.withResolvers<void>();
  const server = createServer(
    fencedHandler(memoryGate(), async (request, response, { token, stillAdmitted }) => {
      if (token === 1) arrived.resolve();
      const body = await text(request);
      const admitted = stillAdmitted();
      if (admitted) written.push(body);
      response.writeHead(admitted ? 204 : 412).end();
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const old = httpRequest(url, { method: 'POST', headers: { [FENCING_HEADER]: '1' } });
  const answer = new Promise<number | undefined>((resolve) => old.on('response', (got) => resolve(got.statusCode)));
  old.write('speed=');
  await arrived.promise;
  const newer = await fetch(url, { method: 'POST', headers: { [FENCING_HEADER]: '2' }, body: 'speed=20' });
  old.end('10');
  expect([newer.status, await answer, written]).toEqual([204, 412, ['speed=20']]);
  server.close();
  server.closeAllConnections();
});

test('an HTTP service answers the newest leader only', async () => {
  const server = createServer(fencedHandler(memoryGate(), (_request, response) => response.end('done')));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const status = async (token?: string) => {
    const headers = token === undefined ? {} : { [FENCING_HEADER]: token };
    return (await fetch(`http://127.0.0.1:${port}`, { method: 'POST', headers })).status;
  };
  const unnumbered = await fetch(`http://127.0.0.1:${port}`, { headers: { [FENCING_HEADER]: 'abc' } });
  expect(await unnumbered.text()).toBe('x-fencing-token is missing or no number\n');
  expect([await status('12'), await status('11'), await status(), await status('twelve'), await status('13')]).toEqual([
    200, 412, 428, 428, 200,
  ]);
  server.close();
});

test('a receiver of MQTT messages drops those of an old leader and those of other topics', () => {
  const speed = fencedTopic('cell-7/press/{token}/speed');
  const gate = memoryGate();
  expect(speed.filter).toBe('cell-7/press/+/speed');
  const topics = [
    speed.publish(5),
    speed.publish(6),
    speed.publish(5),
    'cell-7/oven/9/speed',
    'cell-7/press/x/speed',
    speed.publish(6),
  ];
  expect(topics.map((topic) => speed.admits(topic, gate))).toEqual([true, true, false, false, false, true]);
});

test.each([
  ['cell-7/press/speed', /"cell-7\/press\/speed" has no level \{token\}/],
  ['{token}/press/{token}', /has more than one level \{token\}/],
])('the topic %s is refused with a remedy', (pattern, message) => {
  expect(() => fencedTopic(pattern)).toThrow(
    expect.objectContaining({
      code: 'HF-ELECT-OPTION',
      message: expect.stringMatching(message),
      remedy: expect.stringContaining('cell-7/press/{token}/speed'),
    }),
  );
});
