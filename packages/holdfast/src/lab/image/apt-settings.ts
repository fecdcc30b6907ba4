import { readdir, readFile } from 'node:fs/promises';
import { hostCommand } from '../host-command.ts';
import { type Release, releases } from './recipe.ts';

/** What mmdebstrap takes over from this computer, so that the image comes from where its owner lets packages come from. */
export interface AptSettings {
  /** Files with package sources of the wanted release, or lines of such a file; empty: mmdebstrap's own default. */
  readonly sources: readonly string[];
  /** Lines of apt.conf: proxies and how downloads are made. */
  readonly options: readonly string[];
}

export async function hostAptSettings(release: Release): Promise<AptSettings> {
  const candidates = ['/etc/apt/sources.list', ...(await sourceParts())];
  const texts = await Promise.all(candidates.map((file) => readFile(file, 'utf8').catch(() => '')));
  const files = candidates.filter((_, index) => namesRelease(texts[index] ?? '', release));
  return {
    sources: files.length > 0 ? files : sourcesFromOtherRelease(texts, release),
    options: downloadOptions(await hostCommand('apt-config', ['dump'])),
  };
}

/** The archive that this computer has for another release of Debian has the wanted one too: one line, or none. */
export function sourcesFromOtherRelease(texts: readonly string[], release: Release): readonly string[] {
  const others = releases.filter((each) => each !== release);
  const paragraphs = texts.flatMap((text) => text.split(/\n\s*\n|\n(?=deb )/));
  const paragraph = paragraphs.find((text) => others.some((other) => namesRelease(text, other)));
  const address = paragraph === undefined ? undefined : /\b(?:https?|file):\/\/?[^\s#]+/.exec(active(paragraph))?.[0];
  return address === undefined ? [] : [`deb ${address} ${release} main`];
}

/** Whether a sources.list or deb822 file has an active entry for the release itself (not only, say, its backports). */
export function namesRelease(sources: string, release: Release): boolean {
  return active(sources)
    .split('\n')
    .some((line) => /^(deb |Suites:)/i.test(line.trim()) && line.split(/\s+/).includes(release));
}

/** Without its comments. */
function active(sources: string): string {
  return sources
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .join('\n');
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
