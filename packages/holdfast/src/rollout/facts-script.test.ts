import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type FactsRequest, factsScript } from './facts-script.ts';
import { readFacts } from './read-facts.ts';
import { sha256 } from './secret-digests.ts';

const directory = mkdtempSync(join(tmpdir(), 'holdfast-facts-'));
afterAll(() => rmSync(directory, { recursive: true }));

const nothing: FactsRequest = {
  packages: [],
  textFiles: [],
  opaqueFiles: [],
  units: [],
  workloadUnits: [],
  devices: [],
  mountPoints: [],
};

/** The script itself, run by the sh of this computer. */
function factsHere(request: Partial<FactsRequest>, env: NodeJS.ProcessEnv = process.env) {
  const whole = { ...nothing, ...request };
  const sentAtMs = Date.now();
  const printed = execFileSync('sh', ['-c', factsScript(whole)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    env,
  });
  return readFacts('here', whole, printed, { sentAtMs, answeredAtMs: Date.now() });
}

describe('The facts script', () => {
  it('tells files by digest, mode and owner, and the text of one only where it differs and may be shown', () => {
    const path = (name: string) => join(directory, name);
    writeFileSync(path('same'), 'as wanted\n');
    writeFileSync(path('other'), "it's different\n\ttabbed\n");
    writeFileSync(path('secret'), 'hush');
    chmodSync(path('secret'), 0o600);
    chmodSync(path('same'), 0o755);
    mkdirSync(path('folder'));
    symlinkSync('same', path('link'));
    const { files } = factsHere({
      textFiles: ['same', 'other', 'missing', 'folder'].map((name) => ({
        path: path(name),
        sha256: sha256('as wanted\n'),
      })),
      opaqueFiles: [path('secret'), path('link')],
    });
    const owner = userInfo().uid === 0 ? 'root:root' : expect.any(String);
    expect(files).toEqual({
      [path('same')]: { kind: 'file', sha256: sha256('as wanted\n'), mode: 0o755, owner },
      [path('other')]: expect.objectContaining({ kind: 'file', text: "it's different\n\ttabbed\n" }),
      [path('missing')]: { kind: 'absent' },
      [path('folder')]: { kind: 'other', what: 'directory' },
      [path('secret')]: { kind: 'file', sha256: sha256('hush'), mode: 0o600, owner },
      [path('link')]: { kind: 'other', what: 'symbolic link' },
    });
  });

  it('tells whether a mount would hide something', () => {
    const path = (name: string) => join(directory, 'mounts', name);
    mkdirSync(path('empty'), { recursive: true });
    mkdirSync(path('full/lost+found'), { recursive: true });
    writeFileSync(path('full/file'), '');
    const { mountPoints } = factsHere({ mountPoints: [path('none'), path('empty'), path('full'), '/proc'] });
    expect(mountPoints).toEqual({
      [path('none')]: { exists: false, mounted: false, holdsFiles: false },
      [path('empty')]: { exists: true, mounted: false, holdsFiles: false },
      [path('full')]: { exists: true, mounted: false, holdsFiles: true },
      '/proc': { exists: true, mounted: true, holdsFiles: false },
    });
  });

  it('takes a path that is no block device for no device', () => {
    writeFileSync(join(directory, 'image'), '');
    const { devices } = factsHere({ devices: [join(directory, 'image'), '/dev/no-such-device'] });
    expect(devices).toEqual({
      [join(directory, 'image')]: { kind: 'absent' },
      '/dev/no-such-device': { kind: 'absent' },
    });
  });

  it('tells a clock that agrees with ours as one that does not differ', () => {
    expect(factsHere({}).clockOffsetMs).toBe(0);
  });

  it('tells the size of a replica that is not in use from the notes on its disk', () => {
    const programs = join(directory, 'programs');
    mkdirSync(programs);
    const drbdadm = '#!/bin/sh\n[ "$*" = "show-gi state" ] && echo "last agreed size: 256 MB (524200 sectors)"\n';
    writeFileSync(join(programs, 'drbdadm'), drbdadm, { mode: 0o755 });
    // No machine has that many: its device is in use nowhere.
    const replica = { resource: 'state', minor: 999_999, disk: '/dev/no-such-device' };
    const asked = factsHere({ replica }, { ...process.env, PATH: `${programs}:${process.env.PATH}` });
    expect(asked.replica?.usedBytes).toBe(268_390_400);
    expect(factsHere({ replica: { ...replica, resource: 'other' } }).replica).not.toHaveProperty('usedBytes');
  });

  it('that was cut short is no facts', () => {
    const printed = execFileSync('sh', ['-c', factsScript(nothing)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const asked = { sentAtMs: 0, answeredAtMs: 0 };
    expect(() => readFacts('here', nothing, printed.slice(0, printed.indexOf('end')), asked)).toThrow(
      /did not tell everything/,
    );
  });
});

it('The kernel knows the size of a replica in use better than the notes on its disk, and has none of one that is not', () => {
  const usedBytes = (sectors: string, agreed: string) => {
    const lines = ['now\t0', 'machine\there\t6.1\tx86_64', 'os\tdebian\t12\tDebian', 'has\tapt\t', 'free\t1'];
    const size = `drbd-size\t${sectors}\t${agreed}`;
    const request = { ...nothing, replica: { resource: 'state', minor: 0, disk: '/dev/x' } };
    const printed = [...lines, size, 'cluster\tnone', 'end\t0'].join('\n');
    return readFacts('here', request, printed, { sentAtMs: 0, answeredAtMs: 0 }).replica?.usedBytes;
  };
  const agreed = 'last agreed size: 256 MB (524200 sectors)';
  expect(usedBytes('1048576', agreed)).toBe(2 ** 29);
  expect(usedBytes('0', agreed)).toBe(268_390_400);
  expect(usedBytes('', '')).toBeUndefined();
});

describe('What blkid and wipefs say', () => {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const block = (found: string, signature: string, other: string, area: string, more: readonly string[] = []) => {
    const lines = [
      'now\t0',
      'machine\there\t6.1\tx86_64',
      'os\tdebian\t12\tDebian',
      'has\tapt\t',
      'free\t1',
      `device\t/dev/x\tblock\t1000\t\t\t\t${found}\t${base64(signature)}\t${base64(other)}\t${area}\tfeed`,
      ...more,
      'cluster\tnone',
      'end\t0',
    ];
    const request = { ...nothing, devices: ['/dev/x'] };
    const device = readFacts('here', request, lines.join('\n'), { sentAtMs: 0, answeredAtMs: 0 }).devices['/dev/x'];
    return device?.kind === 'block' ? device : undefined;
  };
  const content = (...said: Parameters<typeof block>) => block(...said)?.content;

  it('is empty only when both find nothing and both ends are zero', () => {
    expect(content('2', '', '', '0')).toEqual({ kind: 'empty' });
    expect(content('2', '', 'dos', '0')).toEqual({ kind: 'unknown', fingerprint: 'feed' });
    expect(content('2', '', '', '1')).toEqual({ kind: 'unknown', fingerprint: 'feed' });
    expect(content('2', '', '', 'unread')).toEqual({ kind: 'unknown', fingerprint: 'feed' });
  });

  it('is not empty when blkid found several things, or failed', () => {
    expect(content('8', '', '', '0')).toEqual({ kind: 'unknown', fingerprint: 'feed' });
    expect(content('4', '', '', '0')).toEqual({ kind: 'unknown', fingerprint: 'feed' });
    expect(content('127', '', '', '0')).toEqual({ kind: 'unknown', fingerprint: 'feed' });
  });

  it('comes with what a check found on that very device', () => {
    const damage = (path: string) =>
      block('0', 'TYPE=ext4\nUUID=aa\nUSAGE=filesystem\n', '', '0', [`damage\t${path}\t${base64('e2fsck: bad ')}`])
        ?.damage;
    expect(damage('/dev/x')).toBe('e2fsck: bad');
    expect(damage('/dev/y')).toBeUndefined();
  });

  it('names a file system, and anything else by its own kind', () => {
    expect(content('0', 'TYPE=ext4\nUUID=aa\nUSAGE=filesystem\n', '', '0')).toEqual({
      kind: 'filesystem',
      type: 'ext4',
      uuid: 'aa',
    });
    expect(content('0', 'PTTYPE=gpt\nPTUUID=bb\n', '', '0')).toEqual({ kind: 'signature', type: 'gpt', id: 'bb' });
    expect(content('0', 'TYPE=LVM2_member\nUUID=cc\nUSAGE=raid\n', '', '0')).toEqual({
      kind: 'signature',
      type: 'LVM2_member',
      id: 'cc',
    });
  });
});
