import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { whyUnreadable } from './index.ts';

function reasonOf(path: string): string {
  try {
    readFileSync(path);
    return 'it can be read';
  } catch (error) {
    return whyUnreadable(error);
  }
}

it('says in words why a file cannot be read', () => {
  expect(reasonOf('/none/such')).toBe('does not exist');
  expect(reasonOf(tmpdir())).toBe('is a folder');
  expect(whyUnreadable(Object.assign(new Error('x'), { code: 'EACCES' }))).toBe('may not be read by this user');
  expect(whyUnreadable(Object.assign(new Error('x'), { code: 'EIO' }))).toBe('cannot be read (EIO)');
});

it('repeats nothing of an error that may hold what was read', () => {
  expect(whyUnreadable(new Error('S3cret'))).toBe('cannot be read');
});
