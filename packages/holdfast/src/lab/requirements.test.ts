import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { missingRequirements } from './requirements.ts';

afterEach(() => vi.unstubAllEnvs());

it.skipIf(process.platform !== 'linux')('asks for the simulator of IPMI only where a lab fences by it', () => {
  const empty = mkdtempSync(join(tmpdir(), 'holdfast-path-'));
  vi.stubEnv('PATH', empty);
  const notInstalled = (...args: Parameters<typeof missingRequirements>) =>
    missingRequirements(...args).find(({ message }) => message.startsWith('Not installed here'));
  expect(notInstalled('containers', 'ipmi')?.message).toMatch(/, ipmi_sim\.$/);
  expect(notInstalled('vm', 'ipmi')?.remedy).toMatch(/^Install them with `apt-get install .* openipmi`\.$/);
  expect(notInstalled('containers')?.message).not.toContain('ipmi_sim');
  rmSync(empty, { recursive: true });
});
