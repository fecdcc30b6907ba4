import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { siteJsonSchema } from './index.ts';

const schema: unknown = JSON.parse(JSON.stringify(siteJsonSchema()));

describe('the JSON Schema of the site file', () => {
  it('is the one in schema/site.schema.json; `holdfast schema` writes it again', () => {
    expect(JSON.parse(readFileSync(new URL('../../schema/site.schema.json', import.meta.url), 'utf8'))).toEqual(schema);
  });

  it('explains every key and shows an example', () => {
    expect(undocumentedKeys(schema, '')).toEqual([]);
  });

  it('knows no keys but those it lists, and those of a fence agent, of which it knows the form', () => {
    expect(JSON.stringify(schema)).toContain('"additionalProperties":false');
    expect(JSON.stringify(schema)).not.toMatch(
      /(?<!"propertyNames":\{"type":"string","pattern":"[^"]+"\},)"additionalProperties":(true|\{)/,
    );
  });
});

function undocumentedKeys(node: unknown, path: string): string[] {
  if (typeof node !== 'object' || node === null) return [];
  const found: string[] = [];
  for (const [key, value] of Object.entries(node)) {
    if (key === 'properties' && typeof value === 'object' && value !== null) {
      for (const [name, property] of Object.entries(value)) {
        const keys = typeof property === 'object' && property !== null ? Object.keys(property) : [];
        const isSection = keys.includes('properties') || keys.includes('items');
        const documented = keys.includes('title') && (isSection || keys.includes('examples'));
        if (!documented) found.push(`${path}.${name}`);
      }
    }
    found.push(...undocumentedKeys(value, key === 'properties' ? path : `${path}.${key}`));
  }
  return found;
}
