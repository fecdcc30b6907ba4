import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../core/index.ts';
import { cib } from '../../lint/examples/configurations.fixture.ts';
import { runCli } from '../main.ts';

const golden = new URL('../../site/golden/', import.meta.url).pathname;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-lint-'));
  cpSync(join(golden, 'press-line.yaml'), join(folder, 'site.yaml'));
  writeFileSync(join(folder, 'bmc-ca.pem'), '-----BEGIN CERTIFICATE-----\n');
  writeFileSync(join(folder, 'sound.xml'), cib());
  writeFileSync(join(folder, 'warned.xml'), cib({ properties: { 'maintenance-mode': 'true' } }));
  writeFileSync(join(folder, 'unfenced.xml'), cib({ properties: { 'stonith-enabled': 'false' } }));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function lint(...args: string[]) {
  let stdout = '';
  let stderr = '';
  const code = await runCli(['lint', ...args.map((arg) => (/\.(xml|yaml|txt)$/.test(arg) ? join(folder, arg) : arg))], {
    stdin: { async *[Symbol.asyncIterator]() {} },
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    env: {},
    clock: systemClock,
  });
  return { code, stdout, stderr };
}

describe('holdfast lint', () => {
  it('ends with 0 where nothing is dangerous, and with 7 where something is as bad as was asked for', async () => {
    expect(await lint('sound.xml')).toEqual({ code: 0, stdout: 'Nothing dangerous found.\n', stderr: '' });
    expect((await lint('warned.xml')).code).toBe(0);
    expect((await lint('warned.xml', '--fail-on', 'warning')).code).toBe(7);
    expect((await lint('unfenced.xml')).code).toBe(7);
    expect((await lint('unfenced.xml', '--fail-on', 'never')).code).toBe(0);
  });

  it('prints findings as JSON, and as SARIF', async () => {
    const asJson = JSON.parse((await lint('unfenced.xml', '--json')).stdout);
    expect(asJson.findings[0]).toMatchObject({ rule: 'HF-LINT-FENCING-OFF', where: { line: 3 } });
    const asSarif = JSON.parse((await lint('unfenced.xml', '--sarif')).stdout);
    expect(asSarif.runs[0].results[0]).toMatchObject({ ruleId: 'HF-LINT-FENCING-OFF', level: 'error' });
    expect(await lint('unfenced.xml', '--sarif', '--json')).toMatchObject({ code: 2 });
  });

  it('judges a site file by what becomes of it, and finds the line of what it says itself', async () => {
    expect((await lint('site.yaml')).code).toBe(0);
    const text = readFileSync(join(folder, 'site.yaml'), 'utf8');
    const [unit = ''] = /\S+\.service/.exec(text) ?? [];
    writeFileSync(join(folder, 'site.yaml'), text.replaceAll(unit, 'greengrass.service'));
    const { findings } = JSON.parse((await lint('site.yaml', '--json')).stdout);
    const line = text.slice(0, text.indexOf(unit)).split('\n').length;
    const where = { file: join(folder, 'site.yaml'), line, column: 11 };
    expect(findings).toContainEqual(expect.objectContaining({ rule: 'HF-LINT-WORKLOAD-REBOOTS', where }));
  });

  it('puts what it finds in a compiled file at the site file, which exists, in SARIF', async () => {
    const text = readFileSync(join(folder, 'site.yaml'), 'utf8');
    const single = text.replaceAll(/, 10\.77\.2\.1[123]\]/g, ']');
    writeFileSync(join(folder, 'site.yaml'), `${single}accept: [{ risk: single-link, because: a bench }]\n`);
    const log = JSON.parse((await lint('site.yaml', '--sarif')).stdout);
    const { locations } = log.runs[0].results.find(
      ({ ruleId }: { ruleId: string }) => ruleId === 'HF-LINT-COROSYNC-SINGLE-LINK',
    );
    expect(locations).toMatchObject([
      {
        physicalLocation: { artifactLocation: { uri: `file://${folder}/site.yaml` }, region: { startLine: 1 } },
        message: { text: expect.stringMatching(/compiled\/etc\/corosync\/corosync\.conf:\d+/) },
      },
    ]);
  });

  it('prints a SARIF log that says why, where a site file is broken', async () => {
    writeFileSync(join(folder, 'site.yaml'), 'version: 1\nname: Press Line\n');
    const { code, stdout, stderr } = await lint('site.yaml', '--sarif');
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('HF-SITE-VALUE') });
    const [run] = JSON.parse(stdout).runs;
    expect(run).toMatchObject({ results: [], invocations: [{ executionSuccessful: false }] });
    expect(run.invocations[0].toolExecutionNotifications).toContainEqual(
      expect.objectContaining({
        descriptor: { id: 'HF-SITE-VALUE' },
        locations: [{ physicalLocation: expect.objectContaining({ region: { startLine: 2, startColumn: 7 } }) }],
      }),
    );
  });

  it('says what is wrong with a file that it cannot judge, and ends with 2', async () => {
    writeFileSync(join(folder, 'notes.txt'), 'buy milk');
    expect(await lint('notes.txt')).toMatchObject({ code: 2, stderr: expect.stringContaining('HF-LINT-INPUT') });
    expect(await lint('missing.xml')).toMatchObject({ code: 2, stderr: expect.stringContaining('does not exist') });
    writeFileSync(join(folder, 'broken.xml'), '<cib>\n  <configuration>\n</cib>');
    expect(await lint('broken.xml')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/broken\.xml:3:6 .*HF-XML-MALFORMED/),
    });
    expect(await lint()).toMatchObject({ code: 2, stderr: expect.stringContaining('nothing to judge') });
    expect(await lint('site.yaml', '--live', 'site.yaml')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('More than one'),
    });
  });
});
