import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import mqtt from 'mqtt';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Broker, freePort, mosquitto, prepareBroker } from '../src/broker.ts';
import { receiverBin } from '../src/plant.ts';
import { type Program, program } from '../src/processes.ts';

const executable = mosquitto();
const why = executable === undefined ? ' (skipped: Mosquitto is not installed, apt-get install mosquitto)' : '';
const noOpenssl = !existsSync('/usr/bin/openssl');

let directory: string;
let programs: Program[];

function receiver(args: readonly string[], env: NodeJS.ProcessEnv = {}): Program {
  const started = program([process.execPath, receiverBin(), ...args], { ...process.env, ...env });
  programs.push(started);
  started.start();
  return started;
}

async function broker(more = ''): Promise<Broker> {
  const prepared = await prepareBroker(executable ?? '', directory, more);
  programs.push(prepared.program);
  await prepared.start();
  return prepared;
}

/** Enough to start; later options stand in the place of these. */
function line(port: number, more: Record<string, string> = {}): string[] {
  const options = {
    '--from': `mqtt://127.0.0.1:${port}/in/+`,
    '--to': 'out',
    '--key': 'json:id',
    '--store': `sqlite:${join(directory, 'marks.db')}`,
    '--connect': '60s',
    ...more,
  };
  return Object.entries(options).flat();
}

async function end(started: Program): Promise<{ code: number | undefined; output: string }> {
  for (const deadlineMs = performance.now() + 60_000; started.running(); await sleep(20))
    if (performance.now() > deadlineMs) throw new Error(`still runs: ${started.output()}`);
  return { code: started.exitCode(), output: started.output() };
}

async function says(started: Program, pattern: RegExp): Promise<void> {
  for (const deadlineMs = performance.now() + 60_000; !pattern.test(started.output()); await sleep(20))
    if (performance.now() > deadlineMs || !started.running()) throw new Error(`in vain: ${started.output()}`);
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'holdfast-dedupe-'));
  programs = [];
});

afterEach(async () => {
  for (const each of programs) await each.stop('SIGKILL');
  rmSync(directory, { recursive: true });
});

describe('holdfast-dedupe says what is wrong, with an exit code of its own:', { timeout: 400_000 }, () => {
  test('a broker that is down', async () => {
    const { code, output } = await end(receiver(line(await freePort(), { '--connect': '300ms' })));
    expect(code).toBe(69);
    expect(output).toMatch(
      /HF-DEDUPE-BROKER-UNREACHABLE: mqtt:\/\/127.0.0.1:\d+ gave no answer within 300 ms: .*REFUSED/,
    );
  });

  test.each([
    [
      'a directory that is not there',
      { '--store': 'sqlite:/nowhere/marks.db' },
      77,
      /\/nowhere\/marks.db cannot be opened/,
    ],
    ['an unknown store', { '--store': 'etcd://x' }, 64, /there is no store "etcd"/],
    [
      'exactly once without a file',
      { '--store': 'memory', '--deliver': 'exactly-once' },
      64,
      /without an SQLite store/,
    ],
    ['a source without the list of sources', { '--source': 'level:2' }, 64, /source/],
    [
      'a certificate that is not there',
      { '--from': 'mqtts://127.0.0.1/in/+', '--ca': '/nowhere.pem' },
      64,
      /--ca: \/nowhere.pem/,
    ],
  ])('%s', async (_what, options, code, message) => {
    const ended = await end(receiver(line(1, options)));
    expect(ended.output).toMatch(message);
    expect(ended.code).toBe(code);
  });

  test('--help ends with 0', async () => {
    const { code, output } = await end(receiver(['--help']));
    expect(code).toBe(0);
    expect(output).toContain('holdfast-dedupe --from');
  });
});

describe.skipIf(executable === undefined)(`with a real Mosquitto${why}`, { timeout: 400_000 }, () => {
  test('a wrong password is refused and not shown, the right one is taken from a file', async () => {
    const file = join(directory, 'passwords');
    execFileSync('mosquitto_passwd', ['-b', '-c', file, 'cell-7', 'hunter2'], { stdio: 'ignore' });
    const { port } = await broker(`allow_anonymous false\npassword_file ${file}\n`);
    const env = { HOLDFAST_MQTT_USERNAME: 'cell-7', HOLDFAST_MQTT_PASSWORD: 'swordfish' };
    const { code, output } = await end(receiver(line(port), env));
    expect(code).toBe(77);
    expect(output).toMatch(/HF-DEDUPE-BROKER-DENIED: .*Not authorized/);
    expect(output).not.toContain('swordfish');

    const secret = join(directory, 'password');
    writeFileSync(secret, 'hunter2\n');
    const works = receiver(line(port), { HOLDFAST_MQTT_USERNAME: 'cell-7', HOLDFAST_MQTT_PASSWORD_FILE: secret });
    await says(works, /delivers exactly-once to out/);
  });

  test('a broker without QoS 2 cannot deliver exactly once, but at least once', async () => {
    const { port } = await broker('max_qos 1\n');
    const { code, output } = await end(receiver(line(port)));
    expect(code).toBe(78);
    expect(output).toMatch(/HF-DEDUPE-BROKER-UNFIT: .* offers QoS 1 where QoS 2 is needed\n.*--deliver at-least-once/);
    await says(receiver(line(port, { '--deliver': 'at-least-once' })), /delivers at-least-once to out/);
  });

  test('a message that may not be published ends it, and is delivered when it may', async () => {
    const file = join(directory, 'acl');
    writeFileSync(file, 'topic readwrite in/#\ntopic read out\n');
    const running = await broker(`acl_file ${file}\n`);
    const { port } = running;
    const denied = receiver(line(port));
    await says(denied, /delivers exactly-once/);
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion: 5 });
    try {
      await client.publishAsync('in/a', '{"id": 1}', { qos: 1 });
      const { code, output } = await end(denied);
      expect(code).toBe(77);
      expect(output).toMatch(/HF-DEDUPE-BROKER-DENIED: .*Not authorized/);

      writeFileSync(file, 'topic readwrite #\n');
      await running.program.stop('SIGTERM');
      await running.start();
      const arrived = new Promise((resolve) => client.once('message', (_topic, payload) => resolve(String(payload))));
      await client.subscribeAsync('out', { qos: 2 });
      receiver(line(port));
      expect(await arrived).toBe('{"id": 1}');
    } finally {
      await client.endAsync(true);
    }
  });

  test.skipIf(noOpenssl)('TLS is verified against --ca', async () => {
    const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-days',
        '1',
        '-subj',
        '/CN=127.0.0.1',
      ].concat(['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert]),
      { stdio: 'ignore' },
    );
    const port = await freePort();
    await broker(`listener ${port} 127.0.0.1\ncertfile ${cert}\nkeyfile ${key}\n`);
    const from = { '--from': `mqtts://127.0.0.1:${port}/in/+` };
    const unknown = await end(receiver(line(port, { ...from, '--connect': '3s' })));
    expect(unknown.code).toBe(69);
    expect(unknown.output).toMatch(/self-signed certificate/);
    await says(receiver(line(port, { ...from, '--ca': cert })), /delivers exactly-once/);
  });

  test('a message keeps its properties, and one without a key passes with its copy', async () => {
    const { port } = await broker();
    await says(receiver(line(port, { '--to': 'out/{2}' })), /delivers exactly-once/);
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion: 5 });
    try {
      const arrived: mqtt.IPublishPacket[] = [];
      client.on('message', (_topic, _payload, packet) => arrived.push(packet));
      await client.subscribeAsync('out/#', { qos: 2 });
      const properties = {
        contentType: 'application/json',
        responseTopic: 'answers',
        correlationData: Buffer.from([0, 255]),
        userProperties: { unit: 'mbar', tag: ['a', 'b'] },
        payloadFormatIndicator: true,
      };
      for (const topic of ['in/a', 'in/b']) await client.publishAsync(topic, '{"id": 1}', { qos: 1, properties });
      for (const topic of ['in/a', 'in/b']) await client.publishAsync(topic, 'no key', { qos: 1 });
      for (const deadlineMs = performance.now() + 30_000; arrived.length < 3 && performance.now() < deadlineMs; )
        await sleep(10);
      await sleep(200);
      expect(arrived.map(({ topic, payload }) => [topic, String(payload)])).toEqual([
        ['out/a', '{"id": 1}'],
        ['out/a', 'no key'],
        ['out/b', 'no key'],
      ]);
      expect(arrived[0]?.properties).toMatchObject({
        ...properties,
        userProperties: { unit: 'mbar', tag: ['a', 'b'] },
      });
    } finally {
      await client.endAsync(true);
    }
  });

  test('a status port that is taken', async () => {
    const { port } = await broker();
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const taken = typeof address === 'object' && address !== null ? address.port : 0;
    try {
      const { code, output } = await end(receiver(line(port, { '--status': String(taken) })));
      expect(code).toBe(64);
      expect(output).toMatch(/--status 127.0.0.1:\d+ cannot be listened on: .*EADDRINUSE/);
    } finally {
      server.close();
    }
  });
});
