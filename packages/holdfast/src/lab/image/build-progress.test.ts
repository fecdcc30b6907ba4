import { expect, it } from 'vitest';
import { buildProgress } from './build-progress.ts';

it('tells the stages of mmdebstrap, and counts every tenth package against what is planned', () => {
  const describe = buildProgress();
  const lines = [
    'I: running apt-get update...',
    '0 upgraded, 12 newly installed, 0 to remove and 0 not upgraded.',
    ...Array.from(
      { length: 10 },
      (_, index) => `Get:${index + 1} http://packages.example/debian bookworm/main amd64 p${index} amd64 1.0 [52.1 kB]`,
    ),
    ...Array.from({ length: 10 }, (_, index) => `Setting up p${index} (1.0) ...`),
    'Processing triggers for libc-bin (2.36-9) ...',
    'I: success in 90.1 seconds',
  ];
  expect(lines.map(describe).filter((text) => text !== null)).toEqual([
    'running apt-get update',
    '12 packages to install',
    'downloaded 10 files',
    'configured 10 of 12 packages',
    'success in 90.1 seconds',
  ]);
});
