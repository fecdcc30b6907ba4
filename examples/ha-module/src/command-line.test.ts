import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { nodeTooOld } from './command-line.ts';

test.each(['22.13.0', '22.14.1', '23.0.0', '24.11.0'])('Node.js %s is new enough', (version) => {
  expect(nodeTooOld(version)).toBeUndefined();
});

test.each(['18.19.1', '20.20.2', '22.12.0'])('Node.js %s is told what is needed', (version) => {
  expect(nodeTooOld(version)).toBe(`this needs Node.js 22.13 or newer, for node:sqlite; this is ${version}`);
});

test.each(['main', 'module'])('%s has its help, with examples, also where there is no node:sqlite', (program) => {
  const path = fileURLToPath(new URL(`./${program}.ts`, import.meta.url));
  // As in a Node.js that is too old: a static import of it would fail before anything could be said.
  const help = execFileSync(process.execPath, ['--no-experimental-sqlite', path, '--help'], { encoding: 'utf8' });
  expect(help).toMatch(/--lease-ms <ms>.*Exit codes\n.*Examples\n/s);
});
