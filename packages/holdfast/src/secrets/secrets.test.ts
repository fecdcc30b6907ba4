import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HoldfastError } from '../core/index.ts';
import { parseSite, type Site } from '../site/index.ts';
import { checkSecrets, initSecrets, openSecrets, requiredSecrets, setSecret } from './index.ts';

const site = parseSite(readFileSync(new URL('../site/golden/press-line.yaml', import.meta.url), 'utf8'), {
  file: 'site.yaml',
  readFile: () => '-----BEGIN CERTIFICATE-----',
});
const password = 'correct horse battery staple';
const bytesOfSeven = (count: number) => new Uint8Array(count).fill(7);

let directory: string;
let siteFile: string;
let env: Record<string, string>;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'holdfast-secrets-'));
  siteFile = join(directory, 'site.yaml');
  env = { HOME: join(directory, 'home') };
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

const init = () => initSecrets(siteFile, site, env, bytesOfSeven);
const identityFile = () => join(directory, 'home/.config/holdfast/identity.txt');
const secretsFile = () => join(directory, 'secrets.age');

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'fine',
    (error: unknown) => {
      expect(inspect(error, { depth: 9 })).not.toContain(password);
      return error instanceof HoldfastError ? error.code : String(error);
    },
  );
}

describe('the secrets of a site', () => {
  it('are the Corosync key and the password of each fencing device', () => {
    expect(requiredSecrets(site).map((secret) => [secret.name, secret.kind])).toEqual([
      ['corosync-authkey', 'key'],
      ['bmc-alpha', 'password'],
      ['bmc-bravo', 'password'],
    ]);
  });

  it('begin with an identity and a key of 256 bytes, and tell what only a person knows', async () => {
    const result = await init();
    expect(result).toMatchObject({
      identityPath: identityFile(),
      identityCreated: true,
      generated: ['corosync-authkey'],
    });
    expect(result.missing.map((secret) => secret.name)).toEqual(['bmc-alpha', 'bmc-bravo']);
    const secrets = await openSecrets(siteFile, env);
    expect(Buffer.from(secrets.get('corosync-authkey'), 'base64')).toEqual(Buffer.from(bytesOfSeven(256)));
    expect([identityFile(), secretsFile()].map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o600]);
  });

  it('stay as they are when they are begun again', async () => {
    await init();
    const before = readFileSync(secretsFile());
    const again = await initSecrets(siteFile, site, env, (count) => new Uint8Array(count).fill(8));
    expect(again).toMatchObject({ identityCreated: false, generated: [] });
    expect(readFileSync(secretsFile())).toEqual(before);
  });

  it('can be set one by one, and leave no other file behind', async () => {
    await init();
    await setSecret(siteFile, site, 'bmc-alpha', password, env);
    const secrets = await openSecrets(siteFile, env);
    expect(secrets.get('bmc-alpha')).toBe(password);
    expect(secrets.names).toEqual(['bmc-alpha', 'corosync-authkey']);
    expect(readdirSync(directory).sort()).toEqual(['home', 'secrets.age']);
    expect(readFileSync(secretsFile()).includes(password)).toBe(false);
  });

  it('show in no log and no JSON', async () => {
    await init();
    await setSecret(siteFile, site, 'bmc-alpha', password, env);
    const secrets = await openSecrets(siteFile, env);
    expect(inspect(secrets, { depth: 9, showHidden: true }) + JSON.stringify(secrets)).not.toContain(password);
  });

  it('are refused under a name that the site does not use', async () => {
    await init();
    expect(await codeOf(setSecret(siteFile, site, 'bmc-alfa', password, env))).toBe('HF-SECRETS-UNKNOWN-NAME');
  });

  it.each([
    ['bmc-alpha', ''],
    ['bmc-alpha', `${password}\n${password}`],
    ['bmc-alpha', password.repeat(50)],
    ['corosync-authkey', password],
    ['corosync-authkey', 'AAAA'],
  ])('refuse for %s a value that cannot be it', async (name, value) => {
    await init();
    expect(await codeOf(setSecret(siteFile, site, name, value, env))).toBe('HF-SECRETS-VALUE');
  });

  it('are not opened with an identity that others can read', async () => {
    await init();
    chmodSync(identityFile(), 0o640);
    expect(await codeOf(openSecrets(siteFile, env))).toBe('HF-SECRETS-IDENTITY-OPEN');
  });

  it('are opened with the identity that HOLDFAST_IDENTITY names, or the one next to the site file', async () => {
    await init();
    writeFileSync(join(directory, 'identity.txt'), readFileSync(identityFile()), { mode: 0o600 });
    rmSync(identityFile());
    expect((await openSecrets(siteFile, env)).names).toEqual(['corosync-authkey']);
    expect(await codeOf(openSecrets(siteFile, { HOLDFAST_IDENTITY: join(directory, 'none') }))).toBe(
      'HF-SECRETS-NO-IDENTITY',
    );
    const named = { HOLDFAST_IDENTITY: join(directory, 'identity.txt') };
    expect((await openSecrets(siteFile, named)).names).toEqual(['corosync-authkey']);
  });

  it('never get a new identity while there are secrets for a lost one', async () => {
    await init();
    rmSync(identityFile());
    expect(await codeOf(init())).toBe('HF-SECRETS-NO-IDENTITY');
    expect(existsSync(identityFile())).toBe(false);
  });

  it('tell a wrong identity from a damaged file, and a file of another form from both', async () => {
    await init();
    const other = { HOLDFAST_IDENTITY: join(directory, 'other.txt') };
    await initSecrets(join(directory, 'elsewhere/site.yaml'), site, other, bytesOfSeven).catch(() => {});
    expect(await codeOf(openSecrets(siteFile, other))).toBe('HF-SECRETS-WRONG-IDENTITY');

    const bytes = readFileSync(secretsFile());
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
    writeFileSync(secretsFile(), bytes);
    expect(await codeOf(openSecrets(siteFile, env))).toBe('HF-SECRETS-DAMAGED');

    rmSync(secretsFile());
    expect(await codeOf(openSecrets(siteFile, env))).toBe('HF-SECRETS-NONE');
  });

  it('say which one is missing and how to set it', async () => {
    await init();
    const secrets = await openSecrets(siteFile, env);
    expect(() => secrets.get('bmc-alpha')).toThrow('The secret `bmc-alpha` is not in');
  });
});

const hasAge = spawnSync('age', ['--version']).status === 0;
if (!hasAge) console.log('skipped: the age program is not installed (apt-get install age)');

describe.skipIf(!hasAge)('the age program', () => {
  it('opens what Holdfast has encrypted', async () => {
    await init();
    await setSecret(siteFile, site, 'bmc-alpha', password, env);
    const text = execFileSync('age', ['--decrypt', '--identity', identityFile(), secretsFile()], { encoding: 'utf8' });
    expect(text).toContain(`bmc-alpha: ${password}\n`);
  });

  it.each([
    ['YAML', [], `bmc-alpha: "${password}"\n`],
    ['YAML', ['--armor'], `bmc-alpha: ${password}\n`],
    ['JSON', [], JSON.stringify({ 'bmc-alpha': password })],
  ])('encrypts %s, with %j, that Holdfast opens with an identity of age-keygen', async (_form, options, text) => {
    const identity = join(directory, 'identity.txt');
    execFileSync('age-keygen', ['-o', identity], { stdio: 'ignore' });
    const recipient = execFileSync('age-keygen', ['-y', identity], { encoding: 'utf8' }).trim();
    execFileSync('age', ['--encrypt', ...options, '-r', recipient, '-o', secretsFile()], { input: text });
    expect((await openSecrets(siteFile, env)).get('bmc-alpha')).toBe(password);
  });

  it.each(['- one\n- two\n', 'bmc-alpha: 12\n', `bmc-alpha: ["${password}"\n`, `a: &a ${password}\nb: *a\n`])(
    'cannot make Holdfast take, or show, contents of another form',
    async (text) => {
      const { identityPath } = await init();
      const recipient = execFileSync('age-keygen', ['-y', identityPath], { encoding: 'utf8' }).trim();
      execFileSync('age', ['--encrypt', '-r', recipient, '-o', secretsFile()], { input: text });
      expect(await codeOf(openSecrets(siteFile, env))).toBe('HF-SECRETS-FORM');
    },
  );
});

describe('The words of DRBD', () => {
  const replicated = {
    ...site,
    state: { ...site.state, type: 'drbd', disks: ['/dev/sdb', '/dev/sdb'], link: 0, port: 7789 } as const,
  };

  it('are made like a key, in a form that its configuration holds, for a replicated state alone', async () => {
    const made = await initSecrets(siteFile, replicated, env, bytesOfSeven);
    expect(made.generated).toEqual(['corosync-authkey', 'drbd-shared-secret']);
    const secrets = await openSecrets(siteFile, env);
    expect(secrets.get('drbd-shared-secret')).toMatch(/^[\w-]{48}$/);
    expect(requiredSecrets(site).map(({ name }) => name)).not.toContain('drbd-shared-secret');
  });

  it('are refused where they would end their place in the file, or are too long for the kernel', async () => {
    await initSecrets(siteFile, replicated, env, bytesOfSeven);
    for (const value of [`${'a'.repeat(20)}"; }`, 'a'.repeat(64), 'short']) {
      expect(await codeOf(setSecret(siteFile, replicated, 'drbd-shared-secret', value, env))).toBe('HF-SECRETS-VALUE');
    }
  });
});

describe('The password of a BMC that is asked by IPMI', () => {
  const ipmi = {
    type: 'ipmi',
    address: '10.77.9.21',
    port: 623,
    username: 'holdfast',
    password: 'bmc-alpha',
    power: 'own',
    timeoutMs: 20_000,
    privilege: 'operator',
  } as const;
  const [alpha, bravo] = site.nodes;
  const withIpmi: Site = {
    ...site,
    nodes: [{ ...alpha, fencing: { levels: [[ipmi]], after: 'restart' } }, bravo],
  };
  const twentyOne = 'correct-horse-battery';

  it('is refused when it is longer than the twenty bytes that IPMI takes, without showing it', async () => {
    await initSecrets(siteFile, withIpmi, env, bytesOfSeven);
    const error = await setSecret(siteFile, withIpmi, 'bmc-alpha', twentyOne, env).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'HF-SECRETS-VALUE',
      message: expect.stringContaining('has 21 bytes, and a BMC takes at most 20 by IPMI'),
      remedy: expect.stringContaining('16 where it speaks IPMI 1.5 only'),
    });
    expect(JSON.stringify(error)).not.toContain(twentyOne);
    expect(await codeOf(setSecret(siteFile, withIpmi, 'bmc-alpha', 'ÄÖÜäöüßÄÖÜä', env))).toBe('HF-SECRETS-VALUE');
    await setSecret(siteFile, withIpmi, 'bmc-alpha', twentyOne.slice(1), env);
    await setSecret(siteFile, withIpmi, 'bmc-bravo', twentyOne, env);
  });

  it('is found by plan, too, where another program has written the file', () => {
    const values = new Map([
      ['bmc-alpha', twentyOne],
      ['bmc-bravo', twentyOne],
    ]);
    expect(checkSecrets(withIpmi, values).map(({ code, message }) => `${code} ${message}`)).toEqual([
      expect.stringMatching(/^HF-SECRETS-VALUE The value of `bmc-alpha` has 21 bytes/),
    ]);
    expect(checkSecrets(site, values)).toEqual([]);
  });
});

it('The passwords of an SNMP device of version 3 are refused when they are shorter than its tools take', () => {
  const [alpha, bravo] = site.nodes;
  const outlet = (version: string) =>
    ({
      type: 'agent',
      agent: 'fence_apc_snmp',
      parameters: { ip: '10.77.9.51', plug: '3', snmp_version: version },
      secrets: { password: 'pdu' },
      timeoutMs: 20_000,
    }) as const;
  const problems = (version: string, value: string) =>
    checkSecrets(
      { ...site, nodes: [{ ...alpha, fencing: { levels: [[outlet(version)]], after: 'restart' } }, bravo] },
      new Map([['pdu', value]]),
    ).map(({ message }) => message);
  expect(problems('3', 'sevenby')).toEqual([expect.stringContaining('`pdu` is shorter than 8 bytes')]);
  expect([...problems('3', 'eightbyt'), ...problems('2c', 'short')]).toEqual([]);
});
