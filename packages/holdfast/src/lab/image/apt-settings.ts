import { readdir, readFile } from 'node:fs/promises';
import { hostCommand } from '../host-command.ts';
import type { Release } from './recipe.ts';

/** What mmdebstrap takes over from this computer, so that the image comes from where its owner lets packages come from. */
export interface AptSettings {
  /** Files with package sources of the wanted release; empty: mmdebstrap's own default. */
  readonly sourceFiles: readonly string[];
  /** Lines of apt.conf: proxies and how downloads are made. */
  readonly options: readonly string[];
}

export async function hostAptSettings(release: Release): Promise<AptSettings> {
  const candidates = ['/etc/apt/sources.list', ...(await sourceParts())];
  const sourceFiles: string[] = [];
  for (const file of candidates) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (namesRelease(text, release)) {
      sourceFiles.push(file);
    }
  }
  return { sourceFiles, options: downloadOptions(await hostCommand('apt-config', ['dump'])) };
}

/** Whether a sources.list or deb822 file has an active entry for the release itself (not only, say, its backports). */
export function namesRelease(sources: string, release: Release): boolean {
  return sources
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .some((line) => /^(deb |Suites:)/i.test(line.trim()) && line.split(/\s+/).includes(release));
}

/** The lines of `apt-config dump` that say how to download, without the lists and formats that go with an apt version. */
export function downloadOptions(dump: string): readonly string[] {
  return dump
    .split('\n')
    .filter((line) =>
      /^Acquire::(https?(::\S+)?|ftp::\S+|Check-Date|Check-Valid-Until|ForceIPv[46]|Retries) "/.test(line),
    )
    .filter((line) => !line.endsWith(' "";'));
}

async function sourceParts(): Promise<string[]> {
  const directory = '/etc/apt/sources.list.d';
  const names = await readdir(directory).catch(() => []);
  return names
    .filter((name) => name.endsWith('.sources') || name.endsWith('.list'))
    .map((name) => `${directory}/${name}`);
}
