#!/bin/sh
//usr/bin/true; d=$(readlink -f "$0"); while [ -n "$d" ]; do d=${d%/*}; for n in "$d"/node_modules/node-linux-*/bin/node; do [ -x "$n" ] && exec "$n" "$0" "$@"; done; done; exec node "$0" "$@"

// To JavaScript the line above is a comment; sh runs this file by it, on the Node.js of the nearest node_modules that
// brings one along, else on the machine's own.
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < 22 || (major === 22 && minor < 12)) {
  process.stderr.write(`holdfast-elect needs Node.js 22.12 or newer; this is ${process.versions.node}\n`);
  process.exitCode = 64;
} else {
  const { main } = await import('../dist/elect/main.js');
  process.exitCode = await main(process.argv.slice(2), process.env);
}
