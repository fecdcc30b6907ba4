#!/usr/bin/env node
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < 22 || (major === 22 && minor < 12)) {
  process.stderr.write(`holdfast-elect needs Node.js 22.12 or newer; this is ${process.versions.node}\n`);
  process.exitCode = 64;
} else {
  const { main } = await import('../dist/elect/main.js');
  process.exitCode = await main(process.argv.slice(2), process.env);
}
