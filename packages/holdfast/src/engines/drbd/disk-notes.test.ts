import { describe, expect, it } from 'vitest';
import { dataBytes, deviceBytesFor, readAgreedBytes } from './disk-notes.ts';

describe('The size of a disk of DRBD', () => {
  /** Where `drbdmeta 0 v08 FILE internal create-md --force` and `v09 … create-md 1` (9.22.0) began the bitmap of files of such sizes. */
  it.each([
    [134_217_728, 134_176_768],
    [268_435_456, 268_390_400],
    [268_435_968, 268_386_304],
    [268_431_360, 268_386_304],
    [137_438_957_568, 137_434_722_304],
    [1_099_511_627_776, 1_099_478_036_480],
  ])('of %i bytes leaves %i for data', (device, data) => {
    expect(dataBytes(device)).toBe(data);
  });

  it('that a given amount of data needs is the least that holds it', () => {
    for (const data of [134_176_768, 268_390_400, 268_390_912, 1_099_478_036_480, 7_000_000_000_512]) {
      const least = deviceBytesFor(data);
      expect(dataBytes(least)).toBeGreaterThanOrEqual(data);
      expect(dataBytes(least - 4096), `${data}`).toBeLessThan(data);
    }
  });

  it('is read from what drbdmeta prints of a disk that is not in use, and is unknown while there is none', () => {
    const shown = 'last agreed size: 256 MB (524200 sectors)\nlast agreed max bio size: 0 Byte\n';
    expect(readAgreedBytes(`  0x1 : bitmap\n${shown}`)).toBe(268_390_400);
    expect(readAgreedBytes('zero size device -- never seen peer yet?\n')).toBeUndefined();
  });
});
