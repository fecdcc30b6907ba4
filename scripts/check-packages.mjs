// Each package that is published, packed as npm would, judged by publint and "are the types wrong?", and imported from where nothing
// else is installed: node scripts/check-packages.mjs [package …]. Prints what is wrong; exit code 1 then.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

/** What publint says of a package and is meant to be so. */
const deliberate = {
  // Its bin is a program to sh that finds the Node.js that came with it.
  holdfast: ['BIN_FILE_NOT_EXECUTABLE'],
};

const only = process.argv.slice(2);
const directory = mkdtempSync(join(tmpdir(), 'holdfast-packed-'));
const published = readdirSync('packages')
  .map((name) => join('packages', name))
  .filter((folder) => existsSync(join(folder, 'package.json')))
  .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) }))
  .filter(({ manifest }) => manifest.exports !== undefined && manifest.private !== true)
  .filter(({ manifest }) => only.length === 0 || only.includes(manifest.name));

let wrong = 0;
try {
  for (const { folder, manifest } of published) {
    const tarball = pack(folder);
    await lint(manifest, tarball);
    typesOf(manifest.name, tarball);
    // With dependencies of its own, they would have to be installed first.
    if (manifest.dependencies === undefined) importAlone(manifest, tarball);
  }
} finally {
  rmSync(directory, { recursive: true });
}
process.exitCode = wrong === 0 ? 0 : 1;

function pack(folder) {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', directory];
  const packed = JSON.parse(
    execFileSync('npm', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
  );
  return join(directory, packed[0].filename);
}

async function lint(manifest, tarball) {
  const { messages } = await publint({ pack: { tarball: readFileSync(tarball) }, strict: true });
  const meant = deliberate[manifest.name] ?? [];
  const complaints = messages.filter(({ code }) => !meant.includes(code)).map((each) => formatMessage(each, manifest));
  report(`${manifest.name}: publint`, complaints.length === 0 ? undefined : complaints.join('\n'));
}

function typesOf(name, tarball) {
  // The packages are ES modules: what require() of old Node.js versions makes of them is no question.
  const { status, stdout, stderr } = spawnSync('attw', [tarball, '--profile', 'esm-only', '--no-emoji'], {
    encoding: 'utf8',
  });
  report(`${name}: are the types wrong?`, status === 0 ? undefined : stdout + stderr);
}

/** Every entry point must load; only an adapter may ask for an optional peer, by its name. */
function importAlone({ name, exports, peerDependencies = {} }, tarball) {
  const alone = mkdtempSync(join(directory, 'alone-'));
  const home = join(alone, 'node_modules', name);
  mkdirSync(home, { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '-C', home, '--strip-components=1']);
  for (const entry of Object.keys(exports)) {
    const specifier = entry.replace(/^\./, name);
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--input-type=module', '-e', `await import('${specifier}')`],
      {
        cwd: alone,
        encoding: 'utf8',
      },
    );
    const lacking = /Cannot find package '([^']+)'/.exec(stderr)?.[1];
    const excused = entry !== '.' && lacking !== undefined && lacking in peerDependencies;
    report(
      `${specifier}: imported alone${excused ? `, asks for its peer ${lacking}` : ''}`,
      status === 0 || excused ? undefined : stderr,
    );
  }
}

function report(what, complaint) {
  console.log(`${complaint === undefined ? 'ok' : 'WRONG'}  ${what}`);
  if (complaint === undefined) return;
  wrong += 1;
  console.log(complaint);
}
