import { readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import type { Machine } from './simulate.ts';

const source = new URL('../core/machine.ts', import.meta.url);
const record = new URL('../core/record.ts', import.meta.url);

/** The algorithm with one expression of its source replaced; fails if the expression is not there exactly once. */
export async function mutant(original: string, replacement: string): Promise<Machine> {
  const text = await readFile(source, 'utf8');
  if (text.split(original).length !== 2) throw new Error(`${source.pathname} does not hold exactly one: ${original}`);
  const code = stripTypeScriptTypes(text.replace(original, replacement)).replaceAll(
    "'./record.ts'",
    `'${record.href}'`,
  );
  return import(`data:text/javascript;base64,${Buffer.from(code).toString('base64')}`);
}
