import { readFile } from 'node:fs/promises';
import { HoldfastError } from '../core/index.ts';
import type { AgentTexts } from './agents.ts';

/** Reads the texts of `agents/`, which are shipped beside `dist/` and `src/`. Throws HF-AGENT-MISSING. */
export async function loadAgentTexts(): Promise<AgentTexts> {
  const [workload, crashNotifier, fenceWitness, powerOnAgain, fencePeer] = await Promise.all([
    readAgent('workload'),
    readAgent('crash-notifier'),
    readAgent('fence_holdfast_witness'),
    readAgent('power-on-again'),
    readAgent('fence-peer'),
  ]);
  return { workload, crashNotifier, fenceWitness, powerOnAgain, fencePeer };
}

async function readAgent(name: string): Promise<string> {
  const file = new URL(`../../agents/${name}`, import.meta.url);
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new HoldfastError(
      {
        code: 'HF-AGENT-MISSING',
        message: `The node agent ${file.pathname}, a part of Holdfast, cannot be read.`,
        remedy: 'Install Holdfast again.',
        source: 'tool',
      },
      { cause },
    );
  }
}
