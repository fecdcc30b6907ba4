import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { cpioArchive, initScript, moduleFiles } from './initrd.ts';

describe('The initrd of a virtual machine', () => {
  it('loads what a module needs before the module, each once', () => {
    const modulesDep = `kernel/fs/ext4/ext4.ko: kernel/lib/crc16.ko kernel/fs/jbd2/jbd2.ko
kernel/drivers/block/virtio_blk.ko.xz: kernel/drivers/virtio/virtio.ko.xz kernel/drivers/virtio/virtio_ring.ko.xz
kernel/drivers/net/virtio_net.ko.xz: kernel/drivers/virtio/virtio.ko.xz kernel/drivers/virtio/virtio_ring.ko.xz
kernel/sound/ext4_sound.ko:
`;
    expect(moduleFiles(modulesDep, ['virtio_blk', 'built_in', 'ext4', 'virtio_net'])).toEqual([
      'kernel/drivers/virtio/virtio_ring.ko.xz',
      'kernel/drivers/virtio/virtio.ko.xz',
      'kernel/drivers/block/virtio_blk.ko.xz',
      'kernel/fs/jbd2/jbd2.ko',
      'kernel/lib/crc16.ko',
      'kernel/fs/ext4/ext4.ko',
      'kernel/drivers/net/virtio_net.ko.xz',
    ]);
  });

  it('is an archive in the format that the kernel unpacks, every part aligned to four bytes', () => {
    const archive = cpioArchive([
      { path: 'bin', mode: 0o040755, content: new Uint8Array() },
      { path: 'bin/tool', mode: 0o100755, content: Buffer.from('12345') },
    ]);
    const text = archive.toString('latin1');
    expect(text.slice(0, 6)).toBe('070701');
    expect(archive.length % 4).toBe(0);
    const second = text.indexOf('070701', 6);
    expect(second % 4).toBe(0);
    // Mode, size and length of the name stand at fixed places, in eight hexadecimal digits each.
    expect(text.slice(second + 14, second + 22)).toBe('000081ed');
    expect(text.slice(second + 54, second + 62)).toBe('00000005');
    expect(text.slice(second + 94, second + 102)).toBe('00000009');
    expect(text).toContain('TRAILER!!!');
  });

  it('begins with a script that sh takes', () => {
    expect(spawnSync('sh', ['-n'], { input: initScript }).status).toBe(0);
  });
});
