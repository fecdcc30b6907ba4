import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a node needs to run the ledger, the lab's workload, installed as a plant's engineer would: there, and not enabled. */
export interface LedgerPrograms {
  /** The pinned Node.js, for /opt/node. */
  readonly nodeDirectory: string;
  /** The compiled ledger, for /opt/ledger. */
  readonly ledgerDirectory: string;
  readonly unitFile: string;
}

/** Either all of it, or what is missing, in words. */
export function findLedger(): LedgerPrograms | { readonly missing: string } {
  const example = fileURLToPath(new URL('../../../../examples/ledger', import.meta.url));
  const ledgerDirectory = join(example, 'dist');
  const nodeDirectory = pinnedNodeDirectory();
  if (!nodeDirectory) {
    return { missing: `the npm package ${nodePackage()} is not installed` };
  }
  if (!existsSync(join(ledgerDirectory, 'server.js'))) {
    return { missing: `${ledgerDirectory}/server.js is not built` };
  }
  return { nodeDirectory, ledgerDirectory, unitFile: join(example, 'ledger.service') };
}

function nodePackage(): string {
  return `node-linux-${process.arch}`;
}

function pinnedNodeDirectory(): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${nodePackage()}/package.json`));
  } catch {
    return undefined;
  }
}
