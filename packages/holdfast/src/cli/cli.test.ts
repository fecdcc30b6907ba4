import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HoldfastError, systemClock } from '../core/index.ts';
import { type CliIo, createContext } from './context.ts';
import { buildProgram, runCli } from './main.ts';
import { renderError } from './render-error.ts';

const golden = new URL('../site/golden/', import.meta.url).pathname;
const password = 'correct horse battery staple';

let directory: string;
let siteFile: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'holdfast-cli-'));
  siteFile = join(directory, 'site.yaml');
  cpSync(join(golden, 'press-line.yaml'), siteFile);
  writeFileSync(join(directory, 'bmc-ca.pem'), '-----BEGIN CERTIFICATE-----\n');
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(
  args: string[],
  options: { stdin?: string; terminal?: boolean; keys?: string[] } = {},
): Promise<Run> {
  let stdout = '';
  let stderr = '';
  const terminal = options.terminal === true;
  async function* input() {
    yield* options.keys ?? [options.stdin ?? ''];
  }
  const io: CliIo = {
    stdin: { [Symbol.asyncIterator]: input, isTTY: options.keys !== undefined, setRawMode: () => {} },
    stdout: { write: (text) => (stdout += text), isTTY: terminal },
    stderr: { write: (text) => (stderr += text), isTTY: terminal },
    env: { HOME: directory },
    clock: systemClock,
  };
  const code = await runCli(args, io);
  return { code, stdout, stderr };
}

describe('holdfast', () => {
  it('prints its help and its version, and ends with 0', async () => {
    expect(await run(['--help'])).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('Usage: holdfast'),
    });
    expect(await run(['--version'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
    expect((await run(['secrets', 'set', '--help'])).code).toBe(0);
  });

  it('shows an example of every verb', () => {
    const io = { stdout: { write() {} }, stderr: { write() {} }, stdin: process.stdin, env: {}, clock: systemClock };
    const program = buildProgram(createContext(io, false).context, io, () => {});
    const verbs = program.commands.flatMap((each) => (each.commands.length === 0 ? [each] : each.commands));
    for (const verb of verbs) {
      let help = '';
      verb.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
      expect(help).toMatch(/\nExamples?:\n {2}\S/);
      expect(help).not.toContain('(default: [])');
    }
  });

  it('prints its help to standard error when no verb is given, and ends with 2', async () => {
    expect(await run([])).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('Usage: holdfast') });
  });

  it('says what was probably meant by a verb that does not exist', async () => {
    const { code, stderr } = await run(['staus']);
    expect(code).toBe(2);
    expect(stderr).toBe('HF-CLI-USAGE  `staus` is no command of holdfast.\n  → Did you mean `status`?\n');
    expect((await run(['lab', 'ct', 'alpha'])).stderr).toBe(
      'HF-CLI-USAGE  `ct` is no command of holdfast lab.\n  → Did you mean `cut`?\n',
    );
    expect(JSON.parse((await run(['aply', '--json'])).stdout)).toMatchObject({
      error: { code: 'HF-CLI-USAGE', remedy: 'Did you mean `apply`?' },
    });
  });

  it('breaks an error between words on a terminal, and leaves a command on one line', () => {
    const problem = {
      code: 'HF-LAB-NOT-UP',
      message: 'The lab is not up: none of its machines answers.',
      remedy: 'Start it with `holdfast lab up --machines vm`, and then look at `holdfast lab status`.',
      source: 'site',
    } as const;
    expect(renderError(new HoldfastError(problem), false, 40)).toBe(
      [
        'HF-LAB-NOT-UP  The lab is not up: none',
        '  of its machines answers.',
        '  → Start it with',
        '    `holdfast lab up --machines vm`, and',
        '    then look at `holdfast lab status`.',
      ].join('\n'),
    );
    expect(renderError(new HoldfastError(problem), false).split('\n')).toHaveLength(2);
  });

  it('gives no JSON for a shell', async () => {
    expect(await run(['lab', 'shell', '--json', 'alpha'])).toMatchObject({
      code: 2,
      stdout: expect.stringContaining("unknown option '--json'"),
    });
  });

  it('tells a wrong site file with the place of each mistake, and ends with 2', async () => {
    cpSync(join(golden, 'broken.yaml'), siteFile);
    const { code, stdout, stderr } = await run(['secrets', 'init', siteFile]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`${siteFile}:4:10  HF-SITE-VALUE  \`pattern\` is \`active-pasive\``);
    expect(stderr).toContain('\n  → Did you mean `active-passive`?\n');
    expect(stderr).toMatch(/\n23 problems\.\n$/);
  });

  it('prints an error as one JSON value with --json, and nothing else', async () => {
    const { code, stdout, stderr } = await run(['secrets', 'init', join(directory, 'none.yaml'), '--json']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      error: {
        message: expect.stringMatching(/none\.yaml does not exist\.$/),
        code: 'HF-SITE-UNREADABLE',
        source: 'user',
        problems: [{ code: 'HF-SITE-UNREADABLE' }],
      },
    });
  });

  it('colours errors on a terminal only, and not with --no-color', async () => {
    const colour = '\u001b[31mHF-CLI-USAGE';
    expect((await run(['staus'], { terminal: true })).stderr).toContain(colour);
    expect((await run(['staus', '--no-color'], { terminal: true })).stderr).not.toContain('\u001b');
    expect((await run(['staus'])).stderr).not.toContain('\u001b');
  });

  it('prints the schema of the site file', async () => {
    const plain = await run(['schema']);
    expect(JSON.parse(plain.stdout)).toMatchObject({ title: 'Holdfast site', additionalProperties: false });
    expect(JSON.parse((await run(['schema', '--json'])).stdout)).toEqual(JSON.parse(plain.stdout));
  });
});

describe('holdfast secrets', () => {
  it('begins, takes values from standard input, lists them and prints one', async () => {
    const begun = await run(['secrets', 'init', siteFile]);
    expect(begun.code).toBe(0);
    expect(begun.stdout).toContain(
      `holdfast secrets set ${siteFile} bmc-alpha   # the password of the fencing device of alpha`,
    );

    const set = await run(['secrets', 'set', siteFile, 'bmc-alpha'], { stdin: `${password}\n` });
    expect(set).toEqual({ code: 0, stdout: 'Set bmc-alpha.\n', stderr: '' });

    const listed = await run(['secrets', 'show', siteFile]);
    expect(listed.stdout).toMatch(/^bmc-alpha +yes /m);
    expect(listed.stdout).toMatch(/^bmc-bravo +no /m);
    expect(listed.stdout).not.toContain(password);

    expect((await run(['secrets', 'show', siteFile, 'bmc-alpha'])).stdout).toBe(`${password}\n`);
  });

  it('asks for a value on a terminal without showing it, and knows backspace', async () => {
    await run(['secrets', 'init', siteFile]);
    const set = await run(['secrets', 'set', siteFile, 'bmc-alpha'], {
      keys: ['wrong\u0015', 'ses', 'amex\u007f', '\r'],
    });
    expect(set.code).toBe(0);
    expect(set.stdout + set.stderr).not.toContain('same');
    expect((await run(['secrets', 'show', siteFile, 'bmc-alpha'])).stdout).toBe('sesame\n');
  });

  it('ends with 130 when the question is answered by Ctrl-C', async () => {
    await run(['secrets', 'init', siteFile]);
    const { code, stderr } = await run(['secrets', 'set', siteFile, 'bmc-alpha'], { keys: ['abc', '\u0003'] });
    expect(code).toBe(130);
    expect(stderr).toContain('HF-CLI-INTERRUPTED');
  });

  it('refuses a value on the command line, says why, and does not repeat it', async () => {
    await run(['secrets', 'init', siteFile]);
    const { code, stdout, stderr } = await run(['secrets', 'set', siteFile, 'bmc-alpha', password]);
    expect(code).toBe(2);
    expect(stderr).toContain('HF-SECRETS-ARGUMENT');
    expect(stdout + stderr).not.toContain(password);
  });

  it('prints no value to a terminal unless told to', async () => {
    await run(['secrets', 'init', siteFile]);
    await run(['secrets', 'set', siteFile, 'bmc-alpha'], { stdin: password });
    const refused = await run(['secrets', 'show', siteFile, 'bmc-alpha'], { terminal: true });
    expect(refused.code).toBe(2);
    expect(refused.stdout + refused.stderr).not.toContain(password);
    const shown = await run(['secrets', 'show', siteFile, 'bmc-alpha', '--reveal'], { terminal: true });
    expect(shown.stdout).toBe(`${password}\n`);
  });
});

describe('the command line as a program', () => {
  it('loads nothing but commander before a verb runs, so that --help answers at once', () => {
    expect(packagesLoadedBy(new URL('./main.ts', import.meta.url))).toEqual(['commander']);
  });
});

/** The packages that a source file imports, itself or through others, before any code of a verb runs. */
function packagesLoadedBy(start: URL): string[] {
  const seen = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: URL) => {
    if (seen.has(file.href)) return;
    seen.add(file.href);
    const source = readFileSync(file, 'utf8');
    for (const [, specifier = ''] of source.matchAll(/^(?:import|export)\s(?!type\b)[^;]*?from '([^']+)';/gm)) {
      if (specifier.startsWith('.')) visit(new URL(specifier, file));
      else if (!specifier.startsWith('node:')) packages.add(specifier);
    }
  };
  visit(start);
  return [...packages].sort();
}
