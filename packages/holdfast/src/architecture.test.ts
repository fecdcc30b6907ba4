import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const sourceRoot = import.meta.dirname;

/** The folders each folder may import from: the picture of docs/architecture.md as a table. Arrows run downwards only. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  core: [],
  site: ['core'],
  secrets: ['core', 'site'],
  hosts: ['core', 'site'],
  engines: ['core', 'site'],
  workloads: ['core', 'site'],
  fencing: ['core', 'site', 'engines'],
  patterns: ['core', 'site', 'engines', 'workloads', 'fencing'],
  budget: ['core', 'site', 'engines', 'workloads', 'fencing', 'patterns'],
  lint: ['core', 'site', 'engines', 'workloads', 'fencing', 'patterns'],
  rollout: ['core', 'site', 'secrets', 'hosts', 'engines', 'workloads', 'fencing', 'patterns', 'budget', 'lint'],
  observe: [
    'core',
    'site',
    'secrets',
    'hosts',
    'engines',
    'workloads',
    'fencing',
    'patterns',
    'budget',
    'lint',
    'replica',
  ],
  'fencing-proof': ['core', 'site', 'hosts', 'fencing', 'patterns', 'observe'],
  replica: ['core', 'site', 'hosts', 'engines', 'patterns'],
  lab: ['core', 'site', 'secrets', 'hosts', 'engines', 'workloads', 'fencing', 'patterns'],
  drill: [
    'core',
    'site',
    'secrets',
    'hosts',
    'engines',
    'workloads',
    'fencing',
    'patterns',
    'budget',
    'observe',
    'lab',
  ],
  report: ['core', 'site', 'drill'],
};

interface Import {
  readonly file: string;
  readonly target: string;
}

describe('The layout of the source', () => {
  const imports = sourceFiles().flatMap(relativeImports);

  it('has imports that run downwards only', () => {
    expect(imports.filter(runsUpwards).map(describeImport)).toEqual([]);
  });

  it('is crossed only through the index of another folder', () => {
    const intoPrivateFiles = imports.filter(
      ({ file, target }) => folderOf(file) !== folderOf(target) && folderOf(target) !== '' && !isIndex(target),
    );
    expect(intoPrivateFiles.map(describeImport)).toEqual([]);
  });

  it('is checked for real: an upward import is found', () => {
    expect(runsUpwards({ file: 'site/parse.ts', target: 'rollout/index.ts' })).toBe(true);
    expect(runsUpwards({ file: 'rollout/plan.ts', target: 'site/index.ts' })).toBe(false);
  });
});

function runsUpwards({ file, target }: Import): boolean {
  const from = folderOf(file);
  const to = folderOf(target);
  if (from === to || from === 'cli' || from === '') {
    return false;
  }
  return !(mayImport[from] ?? []).includes(to);
}

function sourceFiles(): readonly string[] {
  return readdirSync(sourceRoot, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.endsWith('.fixture.ts'),
  );
}

function relativeImports(file: string): readonly Import[] {
  const text = readFileSync(join(sourceRoot, file), 'utf8');
  return [...text.matchAll(/(?:from|import\()\s*'(\.[^']+\.ts)'/g)].map((match) => ({
    file,
    target: relative(sourceRoot, resolve(sourceRoot, dirname(file), match[1] ?? '')),
  }));
}

function folderOf(path: string): string {
  const first = path.split('/')[0] ?? '';
  return first === path ? '' : first;
}

/** `folder/index.ts`, or `folder/part/index.ts` where a folder holds several parts (engines, patterns, fencing). */
function isIndex(path: string): boolean {
  return path.endsWith('/index.ts');
}

function describeImport({ file, target }: Import): string {
  return `${file} imports ${target}`;
}
