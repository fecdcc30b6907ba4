import { describe, expect, it } from 'vitest';
import { freshnessOf } from './disk-notes.ts';
import { kinship, noteTheSame, readGenerations } from './generations.ts';
import { readDrbdReport } from './report.ts';

/** Recorded from two machines with Linux 6.1 and DRBD 8.4.11, apart from the last. */
const proc = (...lines: string[]) => ['kernel 8.4.11', ...lines.map((line) => `proc ${line}`)].join('\n');

describe('What /proc/drbd says', () => {
  it('is understood when both sides are well', () => {
    const text = `${proc(
      ' 0: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----',
      '    ns:0 nr:0 dw:0 dr:3 al:8 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:0',
    )}\ngenerations 0C06A5CC3130CFE1:0000000000000000:0000000000000000:0000000000000000:1:1:1:1:0:0:0`;
    expect(readDrbdReport(text)).toEqual({
      kind: 'up',
      version: '8.4.11',
      status: {
        role: 'Primary',
        disk: 'UpToDate',
        connection: 'Connected',
        peerRole: 'Secondary',
        peerDisk: 'UpToDate',
        replication: 'Established',
        outOfSyncBytes: 0,
        suspended: false,
        generations: {
          current: '0C06A5CC3130CFE1',
          bitmap: '0000000000000000',
          history: ['0000000000000000', '0000000000000000'],
          forgetful: true,
        },
      },
      notes: { consistent: true, upToDate: true, wasPrimary: true, wasConnected: true, peerStale: false },
    });
  });

  it('is understood during a resync, with its progress', () => {
    const text = proc(
      ' 0: cs:SyncTarget ro:Secondary/Secondary ds:Inconsistent/UpToDate C r-----',
      '    ns:0 nr:19492 dw:244684 dr:141 al:12 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:193508',
      "\t[>...................] sync'ed:  6.0% (193508/204756)K",
      '\tfinish: 0:00:50 speed: 3,748 (3,748) want: 3,000 K/sec',
    );
    expect(readDrbdReport(text)).toMatchObject({
      status: {
        disk: 'Inconsistent',
        connection: 'Connected',
        replication: 'SyncTarget',
        outOfSyncBytes: 193508 * 1024,
        progress: { percent: 6, secondsLeft: 50 },
      },
    });
  });

  it('is understood during a verification', () => {
    const text = proc(
      ' 0: cs:VerifyS ro:Secondary/Secondary ds:UpToDate/UpToDate C r-----',
      '    ns:213000 nr:0 dw:0 dr:236344 al:0 bm:0 lo:9 pe:156 ua:39 ap:0 ep:1 wo:f oos:0',
      '\t[=>..................] verified: 12.0% (181536/204756)K',
      '\tfinish: 0:00:23 speed: 7,740 (7,740) want: 8,000 K/sec',
    );
    expect(readDrbdReport(text)).toMatchObject({
      status: { replication: 'VerifyS', progress: { percent: 12, secondsLeft: 23 } },
    });
  });

  it('is understood on a side that has dropped the other, and on one that waits', () => {
    const alone = proc(' 0: cs:StandAlone ro:Secondary/Unknown ds:UpToDate/DUnknown   r-----', '    ns:0 oos:3108');
    expect(readDrbdReport(alone)).toMatchObject({
      status: { connection: 'StandAlone', replication: 'Off', peerDisk: 'DUnknown', outOfSyncBytes: 3108 * 1024 },
    });
    const waiting = proc(' 0: cs:WFConnection ro:Primary/Unknown ds:UpToDate/DUnknown C s-----', '    ns:0 oos:0');
    expect(readDrbdReport(waiting)).toMatchObject({ status: { connection: 'Connecting', suspended: true } });
  });

  it('tells a resource that is down, a module that is not loaded and something else apart', () => {
    expect(readDrbdReport('kernel 8.4.11\nproc  0: cs:Unconfigured')).toEqual({ kind: 'down', version: '8.4.11' });
    expect(readDrbdReport('kernel none')).toEqual({ kind: 'no-module' });
    expect(readDrbdReport('sh: awk: not found')).toBeNull();
  });
});

describe('What drbdsetup says of DRBD 9', () => {
  it('is understood, by the names in drbd-utils', () => {
    const json = JSON.stringify([
      {
        name: 'state',
        role: 'Secondary',
        suspended: false,
        devices: [{ volume: 0, minor: 0, 'disk-state': 'Inconsistent' }],
        connections: [
          {
            'peer-node-id': 1,
            'connection-state': 'Connected',
            'peer-role': 'Primary',
            peer_devices: [
              {
                volume: 0,
                'replication-state': 'SyncTarget',
                'peer-disk-state': 'UpToDate',
                'out-of-sync': 1000,
                'percent-in-sync': 99.1,
                'percent-resync-done': 42.5,
                'estimated-seconds-to-finish': 12,
              },
            ],
          },
        ],
      },
    ]);
    expect(readDrbdReport(`kernel 9.2.10\njson ${json}`)).toMatchObject({
      kind: 'up',
      status: {
        role: 'Secondary',
        disk: 'Inconsistent',
        peerRole: 'Primary',
        peerDisk: 'UpToDate',
        replication: 'SyncTarget',
        outOfSyncBytes: 1_024_000,
        progress: { percent: 42.5, secondsLeft: 12 },
        suspended: false,
      },
    });
    expect(readDrbdReport('kernel 9.2.10\njson []')).toEqual({ kind: 'down', version: '9.2.10' });
  });
});

describe('The generations of two sides', () => {
  const generations = (line: string) => {
    const read = readGenerations(line);
    if (read === undefined) throw new Error(line);
    return read;
  };
  const created = generations('0000000000000004:0000000000000000:0000000000000000:0000000000000000:0:0:0:1:0:1:0');
  const healthy = generations('0C06A5CC3130CFE0:0000000000000000:0000000000000000:0000000000000000:1:1:0:1:0:0:0');
  const asPrimary = generations('0C06A5CC3130CFE1:0000000000000000:0000000000000000:0000000000000000:1:1:1:1:0:0:0');
  const wroteAlone = generations('DFE1B1627CCD143F:0C06A5CC3130CFE1:0000000000000000:0000000000000000:1:1:1:0:0:0:0');
  const wroteToo = generations('17E1566C25BB90DC:0C06A5CC3130CFE0:0000000000000000:0000000000000000:1:1:0:0:0:0:0');

  it('tell who has written alone, and that both have', () => {
    expect(kinship(created, created)).toBe('both-new');
    expect(kinship(asPrimary, healthy)).toBe('same');
    expect(kinship(wroteAlone, healthy)).toBe('first-newer');
    expect(kinship(healthy, wroteAlone)).toBe('second-newer');
    expect(kinship(wroteAlone, wroteToo)).toBe('split-brain');
    expect(kinship(created, wroteToo)).toBe('second-newer');
  });

  describe('where one side was promoted by force, and has forgotten what both came from', () => {
    // Read from two virtual machines after `start-alone --discard`; DRBD said "Split-Brain detected", rule 100.
    const served = 'A8681B74DA2369AC:8A81B913EB8C912F:0000000000000000:0000000000000000:1:1:0:0:0:0:0';
    const forced = '63F35752874CD645:DBAFFC31D99820EF:0000000000000000:0000000000000000:1:1:1:0:0:0:0';
    const idle = '0C06A5CC3130CFE0:0000000000000000:0000000000000000:0000000000000000:1:1:0:1:0:0:0';
    const read = (line: string, kernel = '8.4.11') => {
      const report = readDrbdReport(`kernel ${kernel}\ngenerations ${line}\n`);
      if (report?.kind !== 'down' || report.generations === undefined) throw new Error(line);
      return report.generations;
    };

    it('tell a split brain, as DRBD 8.4 does, whichever of them has written', () => {
      expect(kinship(read(served), read(forced))).toBe('split-brain');
      expect(kinship(read(idle), read(forced))).toBe('split-brain');
    });

    it('tell the half copied one from the good one', () => {
      const half = read(served.replace(':1:1:0:', ':0:1:0:'));
      expect(kinship(half, read(forced))).toBe('second-newer');
      expect(kinship(read(forced), half)).toBe('first-newer');
    });

    it('tell it also of a machine that has just booted, whose kernel has not loaded DRBD yet', () => {
      const booted = (module: string) => {
        const report = readDrbdReport(`kernel none\nmodule ${module}\ngenerations ${served}\n`);
        if (report?.kind !== 'no-module' || report.generations === undefined) throw new Error(module);
        return report.generations;
      };
      expect(kinship(booted('8.4.11'), read(forced))).toBe('split-brain');
      expect(kinship(booted(''), read(forced))).toBe('split-brain');
      expect(kinship(booted('9.2.18'), read(forced))).toBe('unrelated');
    });

    it('tell strangers where DRBD does: by DRBD 9, and where a history has no empty slot', () => {
      expect(kinship(read(served, '9.2.18'), read(forced, '9.2.18'))).toBe('unrelated');
      expect(kinship(read(served), read(forced, '9.2.18'))).toBe('unrelated');
      const full = forced.replace(':0000000000000000:0000000000000000:', ':1111111111111110:2222222222222220:');
      expect(kinship(read(served), read(full))).toBe('unrelated');
    });
  });

  it('tell whether both keep note of all that differs, which what they share farther back does not', () => {
    const line = (bitmap: string, history: string) =>
      generations(`AAAAAAAAAAAAAAA0:${bitmap}:${history}:0000000000000000:1:1:0:0:0:0:0`);
    const first = '0000000000000004';
    expect(noteTheSame(wroteAlone, wroteToo)).toBe(true);
    expect(
      noteTheSame(line('CCCCCCCCCCCCCCC0', 'B000000000000000'), line('DDDDDDDDDDDDDDD0', 'B000000000000000')),
    ).toBe(false);
    expect(noteTheSame(line(first, first), line(first, first))).toBe(false);
    expect(kinship(line('EEEEEEEEEEEEEEE0', first), { ...line('DDDDDDDDDDDDDDD0', first), current: 'B' })).toBe(
      'unrelated',
    );
  });

  it('tell strangers', () => {
    const stranger = generations('AAAAAAAAAAAAAAA0:0000000000000000:0000000000000000:0000000000000000:1:1:0:0:0:0:0');
    expect(kinship(stranger, healthy)).toBe('unrelated');
  });
});

describe('The notes on a disk whose peer cannot be asked', () => {
  const uuids = 'DFE1B1627CCD143F:0C06A5CC3130CFE1:0000000000000000:0000000000000000';
  const down = (flags: string, ids = uuids) =>
    freshnessOf(readDrbdReport(`kernel 8.4.11\ngenerations ${ids}:${flags}`) ?? undefined);

  it('tell data that were the newest from those that may be, and from those that surely are not', () => {
    expect(down('1:1:1:0:0:1:0')).toBe('newest-when-last-up');
    expect(down('1:1:1:1:0:0:0')).toBe('perhaps-newest');
    expect(down('1:0:0:0:0:0:0')).toBe('out-of-date');
    expect(down('0:0:0:1:1:0:0')).toBe('half-copied');
    expect(down('0:0:0:1:0:1:0', '0000000000000004:0000000000000000:0000000000000000:0000000000000000')).toBe(
      'no-data',
    );
  });

  it('are understood in the order of DRBD 9, too', () => {
    expect(down('1:1:1:0:1:0:0:0:1:1:0:1')).toBe('newest-when-last-up');
    expect(down('1:1:0:0:1:0:0:1:0:0:0:1')).toBe('perhaps-newest');
  });

  it('are unknown where they are not there or not understood, and never better than what DRBD says of the disk', () => {
    expect(freshnessOf(undefined)).toBe('unknown');
    expect(down('1:1:1')).toBe('unknown');
    const up = (disk: string) =>
      freshnessOf(
        readDrbdReport(
          `${proc(` 0: cs:WFConnection ro:Secondary/Unknown ds:${disk}/DUnknown C r-----`)}\ngenerations ${uuids}:1:1:1:0:0:1:0`,
        ) ?? undefined,
      );
    expect([up('Outdated'), up('Inconsistent'), up('Diskless'), up('UpToDate')]).toEqual([
      'out-of-date',
      'half-copied',
      'no-data',
      'newest-when-last-up',
    ]);
  });
});
