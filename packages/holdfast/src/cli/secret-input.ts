import { StringDecoder } from 'node:string_decoder';
import { HoldfastError } from '../core/index.ts';
import { interrupted, type TextStream } from './context.ts';

/** The part of standard input that a secret is read from. */
export interface SecretSource extends AsyncIterable<Uint8Array | string> {
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
  /** Ends the reading with an error. */
  destroy?(): unknown;
}

const mostBytes = 64 * 1024;
const key = { enter: ['\r', '\n'], erase: ['\u007f', '\b'], eraseAll: '\u0015', interrupt: '\u0003', end: '\u0004' };

/**
 * A secret from standard input: from a terminal one line that is not shown, otherwise everything, without one line end.
 * `prompt` goes to standard error, so that standard output stays clean.
 */
export async function readSecretValue(
  source: SecretSource,
  terminal: TextStream,
  prompt: string,
  signal: AbortSignal,
): Promise<string> {
  signal.addEventListener('abort', () => source.destroy?.(), { once: true });
  if (source.isTTY !== true) return (await readAll(source)).replace(/\r?\n$/, '');
  terminal.write(prompt);
  source.setRawMode?.(true);
  try {
    return await readHiddenLine(source);
  } finally {
    source.setRawMode?.(false);
    terminal.write('\n');
  }
}

async function readAll(source: SecretSource): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of source) {
    const buffer = Buffer.from(chunk);
    bytes += buffer.length;
    if (bytes > mostBytes) {
      throw new HoldfastError({
        code: 'HF-SECRETS-VALUE',
        message: 'What came on standard input is too long for a secret.',
        remedy: 'Give the secret alone on standard input.',
        source: 'user',
      });
    }
    chunks.push(buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** In raw mode the terminal edits nothing and sends Ctrl-C as a character. */
async function readHiddenLine(source: SecretSource): Promise<string> {
  const decoder = new StringDecoder('utf8');
  let line: string[] = [];
  for await (const chunk of source) {
    for (const character of decoder.write(Buffer.from(chunk))) {
      if (key.enter.includes(character) || character === key.end) return line.join('');
      if (character === key.interrupt) throw interrupted();
      if (character === key.eraseAll) line = [];
      else if (key.erase.includes(character)) line.pop();
      else line.push(character);
    }
  }
  return line.join('');
}
