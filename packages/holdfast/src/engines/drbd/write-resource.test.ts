import { describe, expect, it } from 'vitest';
import { HoldfastError } from '../../core/index.ts';
import { cloudResource, resource } from './drbd.fixture.ts';
import { drbdKernelOf } from './resource.ts';
import { drbdLossMs, drbdTiming } from './timing.ts';
import { writeDrbdResource } from './write-resource.ts';

/** drbdadm judges the same files: test/oracle/drbd.oracle.test.ts. */
describe('The file of a DRBD resource', () => {
  it.each([
    ['state-8.4.res', resource, '8.4'],
    ['state-9.res', resource, '9'],
    ['cloud-8.4.res', cloudResource, '8.4'],
    ['cloud-9.res', cloudResource, '9'],
  ] as const)('%s is as it was when drbdadm took it', async (name, model, kernel) => {
    await expect(writeDrbdResource(model, kernel)).toMatchFileSnapshot(`golden/${name}`);
  });

  it('says the same of both kernels: no node goes on writing alone without fencing, and nobody discards by rule', () => {
    for (const kernel of ['8.4', '9'] as const) {
      const text = writeDrbdResource(resource, kernel);
      expect(text).toMatch(/protocol C;/);
      expect(text).toMatch(/fencing resource-and-stonith;/);
      expect(text.match(/after-sb-[012]pri disconnect;/g)).toHaveLength(3);
      expect(text).toMatch(/allow-two-primaries no;/);
    }
  });

  it('holds no secret', () => {
    expect(writeDrbdResource(resource, '8.4')).not.toContain('shared-secret');
  });

  it('refuses a path that would end a word of the format', () => {
    const [one, other] = resource.nodes;
    const broken = { ...resource, nodes: [{ ...one, disk: '/dev/sdb; }' }, other] as const };
    expect(() => writeDrbdResource(broken, '9')).toThrow(HoldfastError);
  });
});

describe('The times of DRBD', () => {
  it('let it notice a dead peer before Corosync has agreed on it, in both profiles', () => {
    for (const [tokenMs, consensusMs] of [
      [1_000, 1_200],
      [5_000, 6_000],
    ] as const) {
      const timing = drbdTiming({ tokenMs, slowness: 1 });
      expect(drbdLossMs(timing)).toBeLessThanOrEqual(tokenMs + consensusMs);
    }
  });

  it('keep the order that drbd.conf(5) asks for, whatever the token', () => {
    for (const tokenMs of [100, 300, 999, 1_000, 1_500, 5_000, 30_000, 200_000]) {
      const timing = drbdTiming({ tokenMs, slowness: 1 });
      expect(timing.timeoutTenths).toBeLessThan(timing.pingIntSeconds * 10);
      expect(timing.timeoutTenths).toBeLessThan(timing.connectIntSeconds * 10);
      expect(timing.pingTimeoutTenths).toBeGreaterThanOrEqual(1);
      expect(timing.pingTimeoutTenths).toBeLessThanOrEqual(300);
      expect(timing.koCount).toBeGreaterThanOrEqual(2);
    }
  });
});

describe('What a machine says of its kernel module', () => {
  it('chooses the dialect', () => {
    expect(drbdKernelOf('8.4.11')).toBe('8.4');
    expect(drbdKernelOf('9.2.10')).toBe('9');
    expect(drbdKernelOf('8.3.16')).toBeUndefined();
    expect(drbdKernelOf('')).toBeUndefined();
  });
});
