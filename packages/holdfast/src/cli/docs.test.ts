import { readdirSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { allowances, checkObjectives } from '../budget/index.ts';
import { errorCodes, formatDuration, systemClock } from '../core/index.ts';
import { faultNames } from '../drill/fault-names/index.ts';
import { faults } from '../drill/faults/index.ts';
import { replicatedSite } from '../patterns/active-passive/sites.fixture.ts';
import { parseSite, siteJsonSchema } from '../site/index.ts';
import { createContext } from './context.ts';
import { exitCodes } from './exit-codes.ts';
import { buildProgram } from './main.ts';

const docs = '../../../../docs/';
const sites = '../../../../examples/sites/';

/** What stands between `<!-- name -->` and `<!-- /name -->` is made here; vitest's --update=all writes it again. */
describe('the pages that are made from the program', () => {
  it.each<[string, Record<string, () => string>]>([
    ['cli.md', { 'exit-codes': exitCodeTable, verbs: verbSections }],
    ['errors.md', { codes: errorSections }],
    ['budget.md', { allowances: allowanceTable }],
    ['site-file.md', { keys: keyTable }],
    ['drills.md', { catalogue: catalogueTable }],
  ])('docs/%s says what is true', async (page, regions) => {
    const expected = Object.entries(regions).reduce((text, [name, make]) => withRegion(text, name, make()), read(page));
    await expect(expected).toMatchFileSnapshot(docs + page);
  });

  it('show a site file that Holdfast takes', () => {
    const [, example = ''] = /```yaml\n(.*?)```/s.exec(read('site-file.md')) ?? [];
    const site = parseSite(example, { file: 'site.yaml', readFile: () => '-----BEGIN CERTIFICATE-----' });
    expect(site.name).toBe('press-line');
    expect(checkObjectives(site)).toEqual([]);
  });

  it.each(readdirSync(new URL(sites, import.meta.url)))('examples/sites/%s keeps its promise', (name) => {
    const text = readFileSync(new URL(sites + name, import.meta.url), 'utf8');
    const site = parseSite(text, { file: name, readFile: () => '' });
    expect(checkObjectives(site)).toEqual([]);
  });

  it('shows examples of keys that are, pasted, what the schema gives as the example', () => {
    const shown = new Map(
      [...read('site-file.md').matchAll(/^\| `([^`]+)` \|.*\| `([^`]+)` \|$/gm)].map(([, key = '', text = '']) => [
        key,
        text,
      ]),
    );
    const schema: SchemaNode = siteJsonSchema();
    const examples = keys(schema, '', schema.$defs ?? {}).filter(({ example }) => example !== undefined);
    expect(examples.length).toBeGreaterThan(50);
    const pasted = examples.map(({ key }) => [key, parse(`pasted: ${shown.get(key)}`)]);
    expect(pasted).toEqual(examples.map(({ key, example }) => [key, { pasted: example }]));
  });
});

describe('docs/at-3-am.md', () => {
  const page = read('at-3-am.md');

  it('names codes that exist', () => {
    const codes = page.match(/HF-[A-Z0-9-]+/g) ?? [];
    expect(codes.length).toBeGreaterThan(20);
    expect(codes.filter((code) => !Object.hasOwn(errorCodes, code))).toEqual([]);
  });

  it('says what `status` says', () => {
    const checks = new URL('../observe/checks/', import.meta.url);
    const sources = readdirSync(checks)
      .map((name) => readFileSync(new URL(name, checks), 'utf8'))
      .join('');
    const sentences = [...page.matchAll(/“([^”]+)”/g)].map(([, sentence = '']) => sentence);
    expect(sentences.length).toBeGreaterThan(20);
    const parts = sentences.flatMap((sentence) => sentence.split(/alpha|bravo|charlie|workload-ledger|\d+|…/));
    expect(parts.filter((part) => !sources.includes(part.trim()))).toEqual([]);
  });

  it('types commands that Holdfast takes', () => {
    const program = programWriting(() => {});
    const commands = [...page.matchAll(/`(holdfast [^`]* site\.yaml[^`]*)`|^(holdfast .*)$/gm)].map(
      ([, inline, alone]) => inline ?? alone ?? '',
    );
    expect(commands.length).toBeGreaterThan(20);
    expect(commands.filter((command) => !takes(program, command.split(' ').slice(1)))).toEqual([]);
    expect(takes(program, ['status', 'site.yaml', '--no-such'])).toBe(false);
    expect(takes(program, ['start-alone', 'site.yaml'])).toBe(false);
  });
});

/** Whether the verb exists, with these options and with so many arguments. */
function takes(command: Command, [word = '', ...words]: readonly string[]): boolean {
  const inner = command.commands.find((each) => each.name() === word);
  if (inner !== undefined) return takes(inner, words);
  const given = [word, ...words];
  const options = given
    .filter((each) => each.startsWith('--'))
    .map((each) => command.options.find(({ long }) => long === each));
  const values = options.filter((option) => option?.required).length;
  const count = given.filter((each) => each !== '' && !each.startsWith('--')).length - values;
  const { registeredArguments: known } = command;
  const needed = known.filter(({ required }) => required).length;
  return !options.includes(undefined) && count >= needed && count <= known.length;
}

function allowanceTable(): string {
  return table(
    ['Allowance', 'At most', 'What happens in it', 'Measured'],
    Object.entries(allowances).map(([name, { ms, what, measured }]) => [name, formatDuration(ms), what, measured]),
  );
}

function catalogueTable(): string {
  const roles = { active: 'alpha', passive: 'bravo', witness: 'charlie' };
  const site = { ...replicatedSite, reach: ['10.77.1.1'] };
  return table(
    ['Fault', 'What is done (alpha serves)', 'Expected', 'Because', 'Not on'],
    faultNames.map((name) => {
      const fault = faults[name];
      const { service, words } = fault.expectation(site);
      const kinds = ['containers', 'virtual-machines', 'real'] as const;
      const without = kinds.filter((machines) => fault.unsuited?.({ site, machines }) !== undefined);
      return [`\`${name}\``, fault.describe(roles, site), `\`${service}\``, words, without.join(', ')];
    }),
  );
}

function read(page: string): string {
  return readFileSync(new URL(docs + page, import.meta.url), 'utf8');
}

function withRegion(page: string, name: string, content: string): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from === -1 || to < from) throw new Error(`the page has no place for ${name}`);
  return `${page.slice(0, from)}${begin}\n${content}${page.slice(to)}`;
}

function exitCodeTable(): string {
  return table(
    ['Code', 'Meaning'],
    Object.entries(exitCodes).map(([code, meaning]) => [code, meaning]),
  );
}

/** The verbs, and what they print. */
function programWriting(write: (text: string) => unknown): Command {
  const stdout = { write };
  const io = { stdin: { async *[Symbol.asyncIterator]() {} }, stdout, stderr: stdout, env: {}, clock: systemClock };
  return buildProgram(createContext(io, false).context, io, () => {});
}

function verbSections(): string {
  let written = '';
  return leaves(programWriting((text) => (written += text)))
    .map((command) => {
      written = '';
      command.outputHelp();
      const help = written.replace(/\nGlobal Options:\n(?: .*\n)+/, '').trimEnd();
      return `## ${fullName(command)}\n\n\`\`\`text\n${help}\n\`\`\`\n\n`;
    })
    .join('');
}

function errorSections(): string {
  const areas = Map.groupBy(Object.entries(errorCodes), ([code]) => code.split('-')[1] ?? '');
  return [...areas]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([area, codes]) => {
      const rows = codes.toSorted().map(([code, meaning]) => [`\`${code}\``, meaning]);
      return `## ${area}\n\n${table(['Code', 'Meaning'], rows)}\n`;
    })
    .join('');
}

function keyTable(): string {
  const schema: SchemaNode = siteJsonSchema();
  return table(['Key', 'If left out', 'What it is', 'Example'], keys(schema, '', schema.$defs ?? {}).map(row));
}

interface SchemaNode {
  readonly $ref?: string;
  readonly $defs?: Record<string, SchemaNode>;
  readonly properties?: Record<string, SchemaNode>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly description?: string;
  readonly examples?: readonly unknown[];
}

interface Key {
  readonly key: string;
  readonly property: SchemaNode;
  readonly required: boolean;
  /** Absent for a section, whose keys have examples of their own. */
  readonly example?: unknown;
}

/**
 * Each key, depth first; the keys of an alternative say which one they belong to. What has a name of its own (`$defs`) is shown
 * where it can stand by itself, and not again in lists of it.
 */
function keys(node: SchemaNode, path: string, named: Record<string, SchemaNode>): Key[] {
  const alternatives = [...(node.anyOf ?? node.oneOf ?? [])].map((each) => resolved(each, named));
  return [
    ...Object.entries(node.properties ?? {}).flatMap(([name, property]) => {
      const key = path === '' ? name : `${path}.${name}`;
      const [example = property.const] = property.properties === undefined ? (property.examples ?? []) : [];
      const required = node.required?.includes(name) === true;
      return [{ key, property, required, example }, ...keys(property, key, named)];
    }),
    ...(node.items === undefined ? [] : keys(withoutNamed(node.items), `${path}[]`, named)),
    ...alternatives.flatMap((each) => {
      const kind = each.properties?.kind?.const ?? each.properties?.type?.const;
      return keys(each, kind === undefined ? path : `${path}(${kind})`, named);
    }),
  ];
}

function resolved(node: SchemaNode, named: Record<string, SchemaNode>): SchemaNode {
  return named[node.$ref?.split('/').at(-1) ?? ''] ?? node;
}

function withoutNamed(node: SchemaNode): SchemaNode {
  return {
    ...node,
    anyOf: (node.anyOf ?? node.oneOf ?? []).filter(({ $ref, items }) => ($ref ?? items?.$ref) === undefined),
  };
}

function row({ key, property, required, example }: Key): string[] {
  const absent =
    property.default === undefined ? 'nothing' : `\`${JSON.stringify(property.default).replaceAll('"', '')}\``;
  return [
    `\`${key}\``,
    required ? '**required**' : absent,
    property.description ?? '',
    example === undefined ? '' : `\`${yamlFlow(example)}\``,
  ];
}

/** As it can be pasted into a site file: with quotes where YAML would make something else of it. */
function yamlFlow(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0, singleQuote: true })
    .trim()
    .replaceAll('[ ', '[')
    .replaceAll(' ]', ']');
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [
    titles,
    titles.map(() => '---'),
    ...rows.map((cells) => cells.map((cell) => cell.replaceAll('|', '\\|'))),
  ];
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

function leaves(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
}

function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}
