import { z } from 'zod';
import { siteFileSchema } from './schema.ts';

/** The JSON Schema of the site file, as editors take it (draft 2020-12). */
export function siteJsonSchema(): object {
  return z.toJSONSchema(siteFileSchema, { io: 'input' });
}
