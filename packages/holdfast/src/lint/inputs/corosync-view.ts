import { type ConfBody, type ConfSection, parseConfFile } from '../../engines/corosync/index.ts';
import type { Place } from '../finding.ts';

type Entry = ConfBody['entries'][number];

/** corosync.conf by what its values mean. */
export interface CorosyncView {
  readonly file: string;
  readonly root: ConfBody;
  readonly nodes: readonly CorosyncNode[];
  /** `interface` sections of totem. */
  readonly interfaces: readonly ConfSection[];
  /** The quorum device. */
  readonly device: ConfSection | undefined;
  /** `section.key`, such as `totem.token`; the last one wins, as in Corosync. */
  value(path: string): string | undefined;
  /** The same as a whole number. */
  number(path: string): number | undefined;
  /** Of that entry, or of its section, or of the file where there is neither. */
  placeOf(path: string): Place;
  place(part: ConfSection | Entry): Place;
}

export interface CorosyncNode {
  readonly section: ConfSection;
  readonly name: string;
  readonly id: string | undefined;
  readonly votes: number;
  /** By the number of the link. */
  readonly addresses: ReadonlyMap<number, string>;
}

/** Throws HF-COROSYNC-UNREADABLE. */
export function readCorosync(text: string, file: string): CorosyncView {
  const { root, lineOf } = parseConfFile(text, file);
  const place = (part: ConfSection | Entry): Place => {
    const line = lineOf(part);
    return line === undefined ? { file } : { file, line };
  };
  const sections = (name: string) => root.sections.filter((section) => section.name === name);
  const entryOf = (path: string): Entry | undefined => {
    const [section = '', key = ''] = path.split('.');
    return sections(section)
      .flatMap(({ entries }) => entries)
      .findLast(([name]) => name === key);
  };
  const value = (path: string) => entryOf(path)?.[1];
  return {
    file,
    root,
    nodes: sections('nodelist')
      .flatMap((nodelist) => nodelist.sections)
      .filter(({ name }) => name === 'node')
      .map(readNode),
    interfaces: sections('totem')
      .flatMap((totem) => totem.sections)
      .filter(({ name }) => name === 'interface'),
    device: sections('quorum')
      .flatMap((quorum) => quorum.sections)
      .find(({ name }) => name === 'device'),
    value,
    number: (path) => wholeNumber(value(path)),
    placeOf(path) {
      const entry = entryOf(path);
      if (entry !== undefined) return place(entry);
      const section = sections(path.split('.')[0] ?? '').at(-1);
      return section === undefined ? { file } : place(section);
    },
    place,
  };
}

/** The value of a key directly in that section. */
export function entryValue(section: ConfSection, key: string): string | undefined {
  return section.entries.findLast(([name]) => name === key)?.[1];
}

export function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}

function readNode(section: ConfSection): CorosyncNode {
  const addresses = section.entries.flatMap(([key, address]): [number, string][] => {
    const link = /^ring(\d+)_addr$/.exec(key)?.[1];
    return link === undefined ? [] : [[Number(link), address]];
  });
  return {
    section,
    name: entryValue(section, 'name') ?? addresses[0]?.[1] ?? '',
    id: entryValue(section, 'nodeid'),
    votes: wholeNumber(entryValue(section, 'quorum_votes')) ?? 1,
    addresses: new Map(addresses),
  };
}
