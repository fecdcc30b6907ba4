import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { corosync } from '../../src/lint/examples/configurations.fixture.ts';
import { examples } from '../../src/lint/examples/index.fixture.ts';
import { kindOf } from '../../src/lint/index.ts';
import { oracleMissing, runInImage } from './image-programs.ts';

/** The lint's examples are configurations that the programs themselves take: what they refuse, nobody would run. */
describe.skipIf(oracleMissing !== undefined)('What lint takes for mended', () => {
  const texts = Object.entries(examples).flatMap(([code, { good: mended }]) =>
    mended.files.map(({ text }, index): [string, string] => [text, `/tmp/examples/${code}-${index}`]),
  );
  // Many are the same sound configuration.
  const good = [...new Map(texts)].map(([text, path]) => ({ path, text }));

  it('is a CIB that crm_verify takes', () => {
    const cibs = good.filter(({ text }) => kindOf(text) === 'cib');
    expect(cibs.length).toBeGreaterThan(30);
    expect(complaints(cibs, verify)).toBe('');
  });

  it('is a corosync.conf that Corosync takes', () => {
    const confs = [
      ...good.filter(({ text }) => kindOf(text) === 'corosync'),
      { path: '/tmp/examples/sound', text: corosync() },
    ];
    expect(complaints(confs, 'corosync -t -c "$file"', authkey)).toBe('');
  });

  it("is AWS's tutorial too, as far as its files go", () => {
    const text = readFileSync(new URL('../../src/lint/golden/aws-tutorial/cib.xml', import.meta.url), 'utf8');
    expect(complaints([{ path: '/tmp/examples/tutorial', text }], verify)).toBe('');
  });
});

describe.skipIf(oracleMissing !== undefined)('What lint calls impossible', () => {
  it.each([
    ['HF-LINT-COROSYNC-NODE-ID-MISSING', 'requires an explicit nodeid'],
    ['HF-LINT-COROSYNC-NODE-IDS', 'appears twice'],
  ])('is refused by Corosync: %s', (code, reason) => {
    const [file] = examples[code]?.bad.files ?? [];
    expect(
      complaints([{ path: '/tmp/examples/bad', text: file?.text ?? '' }], 'corosync -t -c "$file"', authkey),
    ).toContain(reason);
  });

  it.each([
    ['an id that stands twice', 'HF-LINT-ID-TWICE', 'ID one redefined'],
    ['a constraint on nothing', 'HF-LINT-CONSTRAINT-DANGLING', 'unknown ID "tow"'],
  ])('is refused by crm_verify: %s', (_what, code, reason) => {
    const [file] = examples[code]?.bad.files ?? [];
    const { exitCode, said } = runInImage('crm_verify -V --xml-file /tmp/cib.xml', {
      '/tmp/cib.xml': file?.text ?? '',
    });
    expect(exitCode).not.toBe(0);
    expect(said).toContain(reason);
  });
});

// Its warnings are about nodes that nobody has seen yet; only errors speak of the configuration.
const verify = '! crm_verify -V --xml-file "$file" 2>&1 | grep -E "error|Errors"';
// Corosync looks for itself in the nodelist.
const ownAddresses = 'ip address add 10.0.1.1 dev lo; ip address add 10.0.2.1 dev lo\n';
const authkey = { '/etc/corosync/authkey': 'k'.repeat(256) };

/** What a checker says of each file that it refuses; nothing for none. */
function complaints(
  files: readonly { readonly path: string; readonly text: string }[],
  checker: string,
  more: Readonly<Record<string, string>> = {},
): string {
  const script = `${ownAddresses}for file in /tmp/examples/*; do out=$(${checker} 2>&1) || echo "$file: $out"; done`;
  return runInImage(script, { ...Object.fromEntries(files.map(({ path, text }) => [path, text])), ...more }).stdout;
}
