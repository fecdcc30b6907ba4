import { stringify } from 'yaml';
import { z } from 'zod';
import { siteFileSchema } from './schema.ts';
import { valueAt } from './value-at.ts';
import type { Path } from './yaml.ts';

type Schema = z.core.$ZodType;

/** The keys that can stand at a path of this file: where there are several kinds, those of the kind that it says. */
export function keysAt(file: unknown, path: Path): readonly string[] {
  return [...new Set(schemasAt(file, path).flatMap((schema) => Object.keys(shapeOf(schema))))];
}

/** The other kind or type of section that does have this key, where the one that stands at the path has not. */
export function kindWithKey(file: unknown, path: Path, key: string): KindOfSection | undefined {
  const [last] = path.slice(-1);
  if (last === undefined || keysAt(file, path).includes(key)) return undefined;
  const everyKind = schemasAt(file, path.slice(0, -1)).flatMap((schema) => branches(childOf(schema, last)));
  return everyKind.filter((schema) => Object.hasOwn(shapeOf(schema), key)).map(kindOf)[0];
}

/** What tells one kind of section from another: the key that says it, and what it says. */
export interface KindOfSection {
  readonly key: 'kind' | 'type';
  readonly value: string;
}

/**
 * What could be written where the key at a path is missing: as `key: value`, or for a list of sections one entry of it.
 * Undefined where the schema has no such key.
 */
export function exampleLine(
  file: unknown,
  path: Path,
): { readonly key: string; readonly value: string; readonly entry?: string } | undefined {
  const [schema] = schemasAt(file, path);
  const key = path.at(-1);
  if (schema === undefined || typeof key !== 'string') return undefined;
  const value = inFlow(exampleOf(schema));
  if (!(schema instanceof z.ZodArray) || Object.keys(shapeOf(schema.element)).length === 0) return { key, value };
  return { key, value, entry: inFlow(exampleOf(schema.element)) };
}

/** The words that can stand at a path, where the schema lists them; of every kind of section. */
export function wordsAt(file: unknown, path: Path): readonly string[] {
  return [...new Set(schemasAt(file, path).flatMap(wordsOf))];
}

/**
 * What was probably meant by a text where a list or a section belongs: the list of that text, or the section that has it for
 * a value. Undefined where the schema has no such section.
 */
export function exampleAround(file: unknown, path: Path, text: string): string | undefined {
  const examples = schemasAt(file, path).flatMap((schema): unknown[] => {
    if (!(schema instanceof z.ZodArray)) return sectionWith(schema, text);
    const isList = Object.keys(shapeOf(schema.element)).length === 0;
    return isList ? [[text]] : sectionWith(schema.element, text).map((section) => [section]);
  });
  return examples[0] === undefined ? undefined : inFlow(examples[0]);
}

function sectionWith(schema: Schema, text: string): Readonly<Record<string, unknown>>[] {
  const [key] = Object.entries(shapeOf(schema)).find(([, inner]) => wordsOf(inner).includes(text)) ?? [];
  return key === undefined ? [] : [{ ...requiredOf(schema), [key]: text }];
}

function wordsOf(schema: Schema): readonly string[] {
  return branches(schema).flatMap((branch) => {
    if (branch instanceof z.ZodEnum) return branch.options.map(String);
    return branch instanceof z.ZodLiteral ? [...branch.values].filter((value) => typeof value === 'string') : [];
  });
}

/** The schemas that can apply at a path; several where the file does not say which kind it has. */
function schemasAt(file: unknown, path: Path): readonly Schema[] {
  return path.reduce<readonly Schema[]>(
    (schemas, step, index) =>
      schemas.flatMap((schema) =>
        fittingKind(branches(childOf(schema, step)), valueAt(file, path.slice(0, index + 1))),
      ),
    [siteFileSchema],
  );
}

function fittingKind(schemas: readonly Schema[], value: unknown): readonly Schema[] {
  const fitting = schemas.filter((schema) => {
    const kind = kindOf(schema);
    return kind !== undefined && kind.value === valueAt(value, [kind.key]);
  });
  return fitting.length === 0 ? schemas : fitting;
}

function kindOf(schema: Schema): KindOfSection | undefined {
  const shape = shapeOf(schema);
  for (const key of ['kind', 'type'] as const) {
    const literal = shape[key];
    if (literal instanceof z.ZodLiteral) return { key, value: String(literal.value) };
  }
  return undefined;
}

function childOf(schema: Schema, step: string | number): Schema | undefined {
  if (schema instanceof z.ZodArray) return typeof step === 'number' ? schema.element : undefined;
  const shape = shapeOf(schema);
  return Object.hasOwn(shape, step) ? shape[step] : undefined;
}

/** The schema without what makes it optional; each alternative of one that has several. */
function branches(schema: Schema | undefined): readonly Schema[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return branches(schema.unwrap());
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(branches);
  return schema === undefined ? [] : [schema];
}

function shapeOf(schema: Schema): Readonly<Record<string, Schema>> {
  return schema instanceof z.ZodObject ? schema.shape : {};
}

/** The example that the schema gives; for a section without one, the examples of the keys that it must have. */
function exampleOf(schema: Schema): unknown {
  const examples = z.globalRegistry.get(schema)?.examples;
  if (Array.isArray(examples) && examples.length > 0) return examples[0];
  if (schema instanceof z.ZodArray) return [exampleOf(schema.element)];
  return requiredOf(schema);
}

function requiredOf(schema: Schema): Readonly<Record<string, unknown>> {
  const required = Object.entries(shapeOf(schema)).filter(([, inner]) => !isOptional(inner));
  return Object.fromEntries(required.map(([key, inner]) => [key, exampleOf(inner)]));
}

function isOptional(schema: Schema): boolean {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodDefault;
}

function inFlow(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim().replaceAll('[ ', '[').replaceAll(' ]', ']');
}
