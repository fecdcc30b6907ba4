import { describe, expect, it } from 'vitest';
import { parseHierarchies } from './control-group.ts';

const root = '21 1 259:0 / / rw,relatime shared:1 - ext4 /dev/vda1 rw';

describe('The control group hierarchies of this computer', () => {
  it('are the unified one where there is no other', () => {
    const mounts = `${root}\n30 21 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n`;
    expect(parseHierarchies(mounts)).toEqual({ unified: '/sys/fs/cgroup' });
  });

  it('are systemd’s beside the unified one where both are mounted', () => {
    const mounts = [
      root,
      '31 30 0:27 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu',
      '32 30 0:28 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,name=systemd',
      '33 30 0:29 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw',
    ];
    expect(parseHierarchies(mounts.join('\n'))).toEqual({
      unified: '/sys/fs/cgroup/unified',
      systemd: '/sys/fs/cgroup/systemd',
    });
  });

  it('are refused where version 2 is not mounted', () => {
    expect(() => parseHierarchies(root)).toThrow(expect.objectContaining({ code: 'HF-LAB-UNSUPPORTED' }));
  });
});
