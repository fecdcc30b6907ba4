import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../core/index.ts';
import { runCli } from '../main.ts';

const golden = new URL('../../site/golden/press-line.yaml', import.meta.url).pathname;
let directory: string;
let siteFile: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'holdfast-budget-'));
  siteFile = join(directory, 'site.yaml');
  cpSync(golden, siteFile);
  writeFileSync(join(directory, 'bmc-ca.pem'), '-----BEGIN CERTIFICATE-----\n');
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

describe('holdfast budget', () => {
  it('says of each fault every second, who decides it, and where that is written', async () => {
    rewrite('rto: 10s', 'rto: 60s');
    acceptEndless();
    const { code, stdout } = await budget('--terms');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^kernel-panic, .*corosync-kill.*: \d+\.\d s of 60 s$/m);
    expect(stdout).toMatch(/^ +1\.00 +token +timing\.token: 1s +Corosync misses the node +\d+$/m);
    expect(stdout).toMatch(/^ +\d+ {2}corosync\.conf\(5\), token$/m);
    expect(stdout).toMatch(
      /promises 60 s; the longest single fault that ends by itself takes \d+(\.\d)? s: [a-z-]+\.$/m,
    );
    expect(stdout).toMatch(/^The promise does not hold for power-cut, users-link-cut: no end of its own\.$/m);
    expect(stdout.split('\n').filter((line) => line.length > 100)).toEqual([]);
  });

  it('refuses a promise where a fault has no end, with what would give it one, or the words that accept it', async () => {
    rewrite('rto: 10s', 'rto: 60s');
    const { code, stdout, stderr } = await budget();
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /HF-BUDGET-ENDLESS {2}The site promises service again within 1m, but a power-cut has no end/,
    );
    expect(stderr).toContain('{ risk: bmc-shares-power,');
    expect(stderr).toContain('{ risk: clients-link-unwatched,');
    expect(stdout).not.toContain('HF-BUDGET');
  });

  it('refuses a promise that a fault would break, with what would keep it', async () => {
    acceptEndless();
    rewrite('rto: 10s', 'rto: 2s');
    const { code, stdout, stderr } = await budget();
    expect(code).toBe(2);
    expect(stderr).toMatch(/HF-BUDGET-EXCEEDED {2}The site promises service again within 2s/);
    expect(stderr).toMatch(/→ (Set|Raise) /);
    expect(stdout).toMatch(/^ {2}power-cut +no end of its own$/m);
    expect(stdout).toMatch(/^ {2}network-cut +\d+\.\d s of 2 s: too long$/m);
  });

  it('says first whether the promise holds, then a line for each fault, and what it is made of only when asked', async () => {
    rewrite('rto: 10s', 'rto: 60s');
    acceptEndless();
    const { stdout } = await budget();
    const [verdict, endless, empty, ...lines] = stdout.trimEnd().split('\n');
    expect(verdict).toMatch(/^press-line promises 60 s; the longest/);
    expect(endless).toMatch(/^The promise does not hold for power-cut, users-link-cut/);
    expect(empty).toBe('');
    expect(
      lines.slice(0, -2).every((line) => /^ {2}[a-z-]+ +(\d+\.\d s( of 60 s|, not promised)|no end of)/.test(line)),
    ).toBe(true);
    expect(lines.at(-1)).toContain('--terms');
  });

  it('says what one fault is made of, as its page shows it', async () => {
    rewrite('rto: 10s', 'rto: 60s');
    acceptEndless();
    const { stdout } = await budget('--fault', 'network-cut');
    expect(stdout).toMatch(/^network-cut: \d+\.\d s of 60 s$/m);
    expect(stdout).not.toMatch(/^process-crash: /m);
    const page = readFileSync(new URL('../../../../../docs/budget.md', import.meta.url), 'utf8');
    const example = /--fault network-cut\n(network-cut: [\s\S]*?)```/.exec(page)?.[1];
    expect(stdout.slice(stdout.indexOf('\nnetwork-cut: ') + 1)).toBe(example);
  });

  it('knows no fault of another name', async () => {
    const { code, stderr } = await budget('--fault', 'network-cat');
    expect([code, stderr]).toEqual([2, expect.stringContaining('Did you mean `network-cut`?')]);
  });

  it('gives the same as one JSON value, in which an outage without end has no seconds', async () => {
    const { code, stdout, stderr } = await budget('--json');
    const told: unknown = JSON.parse(stdout);
    expect([code, stderr]).toEqual([2, '']);
    expect(told).toMatchObject({
      site: 'press-line',
      objectiveSeconds: 10,
      budget: {
        'network-cut': {
          promised: true,
          terms: expect.arrayContaining([
            expect.objectContaining({
              name: 'token',
              seconds: 1,
              origin: 'site-file',
              setting: 'timing.token',
              value: '1s',
            }),
          ]),
        },
        'witness-loss-then-power-cut': { seconds: null, promised: false, endsWhen: expect.any(String) },
      },
    });
  });
});

/** The BMC of this site has no power where its machine has none, and nothing watches the users' cable. */
function acceptEndless(): void {
  const risks = ['bmc-shares-power', 'clients-link-unwatched'].map((risk) => `{ risk: ${risk}, because: a test }`);
  writeFileSync(siteFile, `${readFileSync(siteFile, 'utf8')}accept: [${risks.join(', ')}]\n`);
}

function rewrite(from: string, to: string): void {
  const text = readFileSync(siteFile, 'utf8');
  expect(text).toContain(from);
  writeFileSync(siteFile, text.replace(from, to));
}

async function budget(
  ...flags: readonly string[]
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  let stdout = '';
  let stderr = '';
  const code = await runCli(['budget', siteFile, ...flags], {
    stdin: { async *[Symbol.asyncIterator]() {} },
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    env: { HOME: directory },
    clock: systemClock,
  });
  return { code, stdout, stderr };
}
