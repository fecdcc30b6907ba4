import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { verifyProposed } from './replace-cib.ts';

const directory = mkdtempSync(join(tmpdir(), 'holdfast-verify-'));
afterAll(() => rmSync(directory, { recursive: true }));

const summary = 'crm_verify: Warnings found during check: config may not be valid';

describe('What Pacemaker says of a proposed configuration', () => {
  it('is no hindrance where it says nothing, or only that what is taken out still runs', () => {
    expect(judge(0, [])).toMatchObject({ status: 0 });
    const orphans = ['alpha', 'bravo'].map(
      (node) => `(process_rsc_state) \twarning: Detected active orphan fence-${node} running on charlie`,
    );
    expect(judge(78, [...orphans, summary])).toMatchObject({ status: 0, stderr: '' });
  });

  it('is refused, and told, where there is anything else', () => {
    const warning =
      '(unpack_resources) \twarning: Resource start-up disabled since no STONITH resources have been defined';
    expect(judge(78, [warning, summary])).toMatchObject({ status: 1, stderr: `${warning}\n` });
    const error = 'crm_verify: Errors found during check: config not valid';
    expect(judge(137, [])).toMatchObject({ status: 1 });
    expect(judge(78, [error])).toMatchObject({ status: 1, stderr: `${error}\n` });
  });
});

/** With a crm_verify that ends with `code` and says `lines`. */
function judge(code: number, lines: readonly string[]) {
  writeFileSync(join(directory, 'said'), lines.map((line) => `${line}\n`).join(''));
  writeFileSync(join(directory, 'crm_verify'), `#!/bin/sh\ncat ${directory}/said >&2\nexit ${code}\n`, { mode: 0o755 });
  return spawnSync('sh', ['-c', `d=${directory}\n${verifyProposed}`], {
    encoding: 'utf8',
    env: { PATH: `${directory}:${process.env.PATH}` },
  });
}
