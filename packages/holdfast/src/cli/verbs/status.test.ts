import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../core/index.ts';
import { runCli } from '../main.ts';

/** A site whose machines refuse every connection at once: port 1 of this computer. */
describe('status of a site that nobody can reach', () => {
  let directory: string;
  let siteFile: string;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'holdfast-status-'));
    siteFile = join(directory, 'site.yaml');
    copyFileSync(new URL('../../site/golden/press-line.yaml', import.meta.url), siteFile);
    const text = readFileSync(siteFile, 'utf8').replace(/^ +ca: .*\n/gm, '');
    writeFileSync(siteFile, text);
    writeFileSync(join(directory, 'ssh_config'), 'Host *\n  HostName 127.0.0.1\n  Port 1\n');
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  async function run(
    args: readonly string[],
    screen: { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number } = {},
    onInterrupt?: (interrupt: () => void) => void,
  ) {
    let printed = '';
    const stdout = {
      ...screen,
      write: (text: string) => {
        printed += text;
      },
    };
    const io = {
      stdout,
      stderr: { write: () => {} },
      stdin: process.stdin,
      env: { NO_COLOR: '1' },
      clock: systemClock,
    };
    return { exitCode: await runCli(['status', siteFile, ...args], io, onInterrupt), printed };
  }

  it('says so in its first line and ends with exit code 3', async () => {
    const { exitCode, printed } = await run([]);
    expect(exitCode).toBe(3);
    expect(printed.split('\n')[0]).toMatch(/^press-line: NOT KNOWN WHETHER IT SERVES: alpha cannot be reached/);
    expect(printed).toContain('ssh -F');
  });

  it('gives the same as JSON, on one line', async () => {
    const { exitCode, printed } = await run(['--json']);
    expect(exitCode).toBe(3);
    expect(printed.trim().split('\n')).toHaveLength(1);
    expect(JSON.parse(printed)).toMatchObject({ assessment: { site: 'press-line', safe: false, serves: 'unknown' } });
  });

  it('watches with a line for each change only, until Ctrl-C', async () => {
    const { exitCode, printed } = await run(['--watch', '--json'], {}, (interrupt) => setTimeout(interrupt, 3_500));
    expect(exitCode).toBe(130);
    expect(printed.trim().split('\n')).toHaveLength(1);
  });

  it('watches on a screen of its own that never scrolls, and gives the old one back', async () => {
    const size = { isTTY: true, columns: 80, rows: 12 };
    const { printed } = await run(['--watch'], size, (interrupt) => setTimeout(interrupt, 2_500));
    expect(printed.startsWith('\u001b[?1049h')).toBe(true);
    expect(printed.trimEnd().endsWith('\u001b[?1049l')).toBe(true);
    const [, ...frames] = printed.split('\u001b[H');
    expect(frames.length).toBeGreaterThan(0);
    for (const frame of frames) {
      const [shown = ''] = frame.split('\u001b[J');
      expect(shown.split('\n').length).toBeLessThan(12);
      expect(shown).toContain('more lines');
    }
  });
});
