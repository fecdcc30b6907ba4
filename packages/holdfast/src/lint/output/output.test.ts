import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { cib } from '../examples/configurations.fixture.ts';
import { lint } from '../lint.ts';
import { allRules, themes } from '../rules/index.ts';
import { sarifLog } from './sarif.ts';
import { renderFindings } from './terminal.ts';

const plain = { columns: 100, paint: (_format: string, text: string) => text };
const tutorial = ['cib.xml', 'corosync.conf', 'greengrass.res'].map((name) => ({
  name,
  text: readFileSync(new URL(`../golden/aws-tutorial/${name}`, import.meta.url), 'utf8'),
}));
const findings = lint({ files: tutorial });

describe("The configuration of AWS's tutorial", () => {
  it('has the findings of its golden file', async () => {
    await expect(`${renderFindings(findings, plain)}\n`).toMatchFileSnapshot('../golden/aws-tutorial.txt');
  });

  it('has every danger of the design that its files can show', () => {
    const found = new Set(findings.map(({ rule }) => rule));
    const dangers = [
      ['HF-LINT-FENCING-OFF'],
      ['HF-LINT-MOVES-BACK'],
      ['HF-LINT-STOP-TIMEOUT-SHORT'],
      ['HF-LINT-START-TIMEOUT-FATAL'],
      ['HF-LINT-CRASHES-WITHOUT-END'],
      ['HF-LINT-HEALTH-ACTIVE-ONLY'],
      ['HF-LINT-WORKLOAD-ACKNOWLEDGES-EARLY'],
      ['HF-LINT-WORKLOAD-REBOOTS'],
      ['HF-LINT-WORKLOAD-OUTSIDE-STATE'],
      [
        'HF-LINT-COROSYNC-SINGLE-LINK',
        'HF-LINT-DRBD-NO-AUTHENTICATION',
        'HF-LINT-DRBD-UNENCRYPTED',
        'HF-LINT-QUORUM-NO-WITNESS',
      ],
      ['HF-LINT-ADDRESS-NONE'],
      ['HF-LINT-QUORUM-WAITS-FOR-ALL'],
    ] as const;
    expect(dangers.flat().filter((code) => !found.has(code))).toEqual([]);
  });
});

describe('The text for people', () => {
  it('says so where nothing is dangerous', () => {
    expect(renderFindings([], plain)).toBe('Nothing dangerous found.');
  });

  it('breaks no line in a place, a code or a word', () => {
    const narrow = renderFindings(findings, { ...plain, columns: 40 });
    for (const { rule } of findings) expect(narrow).toContain(rule);
    expect(narrow.replaceAll(/\s+/g, ' ')).toContain('is held where it runs by 0');
  });
});

/** The parts of the SARIF 2.1.0 schema (sections 3.13 to 3.49) that this log uses, with what the schema demands of them. */
const level = z.enum(['none', 'note', 'warning', 'error']);
const message = z.strictObject({ text: z.string().min(1) });
const location = z.strictObject({
  physicalLocation: z.strictObject({
    artifactLocation: z.strictObject({ uri: z.string().regex(/^[!#-;=?-[\]_a-z~%]+$/) }),
    region: z.strictObject({ startLine: z.int().min(1), startColumn: z.int().min(1).optional() }).optional(),
  }),
  logicalLocations: z.array(z.strictObject({ fullyQualifiedName: z.string(), kind: z.string() })).optional(),
  message: message.optional(),
});
const sarif = z.strictObject({
  $schema: z.url(),
  version: z.literal('2.1.0'),
  runs: z.array(
    z.strictObject({
      tool: z.strictObject({
        driver: z.strictObject({
          name: z.string(),
          version: z.string().min(1),
          rules: z.array(
            z.strictObject({
              id: z.string(),
              shortDescription: message,
              fullDescription: message,
              help: message.extend({ markdown: z.string().min(1) }),
              defaultConfiguration: z.strictObject({ level }),
            }),
          ),
        }),
      }),
      columnKind: z.enum(['utf16CodeUnits', 'unicodeCodePoints']),
      invocations: z.array(
        z.strictObject({
          executionSuccessful: z.boolean(),
          toolExecutionNotifications: z
            .array(
              z.strictObject({
                descriptor: z.strictObject({ id: z.string() }),
                level,
                message,
                locations: z.array(location).optional(),
              }),
            )
            .optional(),
        }),
      ),
      results: z.array(
        z.strictObject({
          ruleId: z.string(),
          ruleIndex: z.int().min(-1),
          level,
          message,
          locations: z.array(location),
        }),
      ),
    }),
  ),
});

describe('The SARIF log', () => {
  it('has the form of SARIF 2.1.0, with every rule and every finding', () => {
    const [run] = sarif.parse(sarifLog({ findings, version: '1.2.3' })).runs;
    expect(run?.tool.driver.rules.map(({ id }) => id)).toEqual(allRules.map(({ code }) => code));
    expect(run?.results.length).toBe(findings.length);
    for (const { ruleId, ruleIndex } of run?.results ?? []) expect(run?.tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
  });

  it('names files of machines, and paths with blanks, as URIs', () => {
    const maintained = cib({ properties: { 'maintenance-mode': 'true' } });
    const uris = ['alpha:/etc/my cib.xml', '/var/lib/cib.xml', 'a b/cib.xml'].flatMap((name) =>
      sarif
        .parse(sarifLog({ findings: lint({ files: [{ name, text: maintained }] }), version: '1.2.3' }))
        .runs.flatMap(({ results }) =>
          results.map(({ locations }) => locations[0]?.physicalLocation.artifactLocation.uri),
        ),
    );
    expect(new Set(uris)).toEqual(
      new Set(['ssh://alpha/etc/my%20cib.xml', 'file:///var/lib/cib.xml', 'a%20b/cib.xml']),
    );
  });
});

describe('A SARIF log of what could not be judged', () => {
  it('has the form of SARIF 2.1.0 as well', () => {
    const problem = { code: 'HF-SITE-VALUE', message: 'a', remedy: 'b', source: 'user' } as const;
    const at = { file: 'site.yaml', line: 2, column: 7 };
    const [run] = sarif.parse(
      sarifLog({ findings: [], problems: [problem, { ...problem, at }], version: '1.2.3' }),
    ).runs;
    expect(run?.invocations[0]?.toolExecutionNotifications?.map(({ locations }) => locations)).toMatchObject([
      undefined,
      [{ physicalLocation: { region: { startLine: 2, startColumn: 7 } } }],
    ]);
  });

  it('names the site file in place of what is compiled from it', () => {
    const [finding] = findings;
    if (finding === undefined) throw new Error('the tutorial has no finding');
    const where = { file: 'compiled/etc/drbd.d/state.res', line: 3 };
    const log = sarifLog({ findings: [{ ...finding, where }], version: '1.2.3', siteFile: 'site.yaml' });
    expect(sarif.parse(log).runs[0]?.results[0]?.locations).toEqual([
      {
        physicalLocation: { artifactLocation: { uri: 'site.yaml' }, region: { startLine: 1 } },
        logicalLocations: [{ fullyQualifiedName: 'compiled/etc/drbd.d/state.res:3', kind: 'resource' }],
        message: { text: 'What becomes of it: compiled/etc/drbd.d/state.res:3.' },
      },
    ]);
  });
});

describe('docs/lint.md', () => {
  it('is made from the rules', async () => {
    const introduction = readFileSync(new URL('../golden/introduction.md', import.meta.url), 'utf8');
    const rules = themes
      .map(({ title, rules: members }) => `## ${title}\n\n${members.map(ruleSection).join('')}`)
      .join('');
    const page = introduction
      .replace('<!-- findings -->', renderFindings(findings, plain))
      .replace('<!-- number -->', String(allRules.length));
    await expect(`${page}\n${rules}`).toMatchFileSnapshot('../../../../../docs/lint.md');
  });
});

function ruleSection({ code, title, severity, danger, remedy, source, acceptedBy }: (typeof allRules)[number]): string {
  const accepted = acceptedBy === undefined ? '' : ` A site file can accept it as \`${acceptedBy}\`.`;
  return `### ${code}\n\n**${title}** (${severity}). ${danger}\n\n${remedy}${accepted}\n\nSource: ${source}.\n\n`;
}
