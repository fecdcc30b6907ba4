import { HoldfastError } from '../core/index.ts';
import { readDrbdReport } from '../engines/drbd/index.ts';
import { fencingSecrets, type Site, type Workload } from '../site/index.ts';
import { readConfiguration } from './read-configuration.ts';
import { readLinks, readNodeNames, readQuorum } from './read-corosync.ts';
import { readCrmMon } from './read-crm-mon.ts';
import type {
  DeviceView,
  FileView,
  MountView,
  ProbeView,
  ReachableMachine,
  Reading,
  SystemDiskView,
  UnitView,
} from './snapshot-types.ts';
import { probeNotAsked, secretPath, sharedFiles } from './survey-script.ts';

interface Section {
  readonly text: string;
  readonly errors: string;
  /** Null: the question was never asked or never ended. */
  readonly exitCode: number | null;
}

/** The observer's clock just before the survey was sent and just after its last line came, in Unix milliseconds. */
export interface Interval {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Understands what the survey script printed on one machine. Pure; whatever is missing becomes an unknown reading. */
export function readSurvey(
  output: string,
  site: Site,
  machine: Pick<ReachableMachine, 'name' | 'role'>,
  asked: Interval,
): ReachableMachine {
  const sections = readSections(output);
  const section = (name: string): Section => sections.get(name) ?? { text: '', errors: '', exitCode: null };
  const names = readNodeNames(section('nodelist').text);
  const hashes = section('hashes').text;
  return {
    ...machine,
    reachable: true,
    clockAheadMs: clockAhead(output, asked),
    // Exit code 2 says "not quorate", with the same output.
    quorum: reading(section('quorum'), [0, 2], readQuorum),
    links: reading(section('links'), [0], (text) => (names.size === 0 ? null : readLinks(text, names))),
    cluster: reading(section('crmmon'), [0], readCrmMon),
    configuration: reading(section('cib'), [0], readConfiguration),
    holdsAddress: reading(section('address'), [0], (text) => text.trim() !== ''),
    device: reading(section('device'), [0], readDevice),
    ...(machine.role === 'node' && site.state.type === 'drbd'
      ? { replica: reading(section('replica'), [0], readDrbdReport) }
      : {}),
    mounts: reading(section('mounts'), [0], (text) => readMounts(text, site, section('device').text)),
    systemDisk: readSystemDisk(section('systemdisk')),
    units: reading(section('units'), [0], readUnits),
    probes: machine.role === 'node' ? site.workloads.map((each) => readProbe(each, section(`probe-${each.name}`))) : [],
    files: reading(section('modes'), [0, 1], (text) => [
      ...readFiles(text, hashes, site),
      ...site.workloads.flatMap((each) => readUnitText(each, section(`text-${each.name}`))),
    ]),
    // dpkg-query ends with 1 where it does not know a package; which of them a distribution has, differs.
    packages: reading(section('packages'), [0, 1], readPackages),
  };
}

function readSections(output: string): Map<string, Section> {
  const lines = new Map<string, string[]>();
  for (const line of output.split('\n')) {
    const space = line.indexOf(' ');
    if (space < 0) continue;
    const name = line.slice(0, space);
    lines.set(name, [...(lines.get(name) ?? []), line.slice(space + 1)]);
  }
  const joined = (name: string) => (lines.get(name) ?? []).join('\n');
  const names = new Set([...lines.keys()].map((name) => name.replace(/\.(rc|err)$/, '')));
  return new Map(
    [...names].map((name) => {
      const exitCode = lines.get(`${name}.rc`)?.[0];
      return [
        name,
        {
          text: joined(name),
          errors: joined(`${name}.err`),
          exitCode: exitCode === undefined ? null : Number(exitCode),
        },
      ];
    }),
  );
}

function reading<T>(section: Section, good: readonly number[], read: (text: string) => T | null): Reading<T> {
  const { exitCode, text } = section;
  if (exitCode === null) return { known: false, why: 'the machine did not answer this question' };
  if (exitCode === 124 || exitCode === 137)
    return { known: false, why: 'the machine did not answer this question in time' };
  if (!good.includes(exitCode)) return { known: false, why: complaint(section) };
  try {
    const value = read(text);
    return value === null ? { known: false, why: complaint(section) } : { known: true, value };
  } catch (error) {
    if (error instanceof HoldfastError) return { known: false, why: error.message };
    throw error;
  }
}

/** What the machine said about a question that failed, in one line. */
function complaint({ errors, text, exitCode }: Section): string {
  const inXml = /<status [^>]*message="([^"]*)"/.exec(text)?.[1];
  const line = inXml ?? [...errors.split('\n'), ...text.split('\n')].find((each) => each.trim() !== '') ?? 'no output';
  return exitCode === 0 ? `not understood: ${line.trim()}` : line.trim();
}

/** The machine's clock was read after `fromMs` and, the second time, before `toMs`: that bounds its offset on both sides. */
function clockAhead(output: string, asked: Interval): { atLeast: number; atMost: number } {
  const at = (word: string) => Number(new RegExp(`^${word} (\\d+)`, 'm').exec(output)?.[1] ?? Number.NaN) / 1e6;
  return { atLeast: Math.floor(at('ended') - asked.toMs), atMost: Math.ceil(at('began') - asked.fromMs) };
}

function readDevice(text: string): DeviceView {
  const resolved = /^resolved (.+)$/m.exec(text)?.[1];
  const uuid = /^uuid (\S+)$/m.exec(text)?.[1];
  return { present: resolved !== undefined, resolved: resolved ?? '', ...(uuid === undefined ? {} : { uuid }) };
}

/** proc(5), /proc/pid/mounts: source, target, type and options, with octal escapes. */
function readMounts(text: string, site: Site, device: string): MountView[] {
  const sources = [site.state.device, readDevice(device).resolved];
  return text
    .split('\n')
    .map((line) => line.split(' ').map(unescapeOctal))
    .filter(([source = '', target]) => target === site.state.mountPoint || sources.includes(source))
    .map(([source = '', target = '', filesystem = '', options = '']) => ({
      source,
      target,
      filesystem,
      readOnly: options.split(',').includes('ro'),
    }));
}

/** `systemDiskCommand` ends with 1, and what failed in it says why after the last colon. */
function readSystemDisk(section: Section): Reading<SystemDiskView> {
  if (section.exitCode !== 1) return reading(section, [0], () => ({ writable: true }));
  const said = complaint(section);
  return { known: true, value: { writable: false, why: said.slice(said.lastIndexOf(': ') + 1).trim() } };
}

function unescapeOctal(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_all, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

function readUnits(text: string): UnitView[] {
  return text
    .split(/\n\s*\n/)
    .map((block) => new Map(block.split('\n').map((line) => [line.split('=')[0], line.slice(line.indexOf('=') + 1)])))
    .filter((block) => block.has('Id'))
    .map((block) => ({
      unit: block.get('Id') ?? '',
      load: block.get('LoadState') ?? 'unknown',
      active: block.get('ActiveState') ?? 'unknown',
      enabled: block.get('UnitFileState') ?? '',
      needsReload: block.get('NeedDaemonReload') === 'yes',
    }));
}

function readProbe({ name, probe }: Workload, { exitCode, errors }: Section): ProbeView {
  if (probe === undefined || exitCode === probeNotAsked) return { workload: name, answer: 'not-asked' };
  if (exitCode === null)
    return { workload: name, answer: 'unknown', detail: 'the machine did not answer this question' };
  if (exitCode === 0) return { workload: name, answer: 'good' };
  const said = errors.trim().split('\n')[0] ?? '';
  const late = exitCode === 124 ? `no answer within ${probe.timeoutMs} ms` : `exit code ${exitCode}`;
  return { workload: name, answer: 'bad', detail: said === '' ? late : `${late}: ${said}` };
}

function readFiles(modes: string, hashes: string, site: Site): FileView[] {
  const secrets = new Set(site.nodes.flatMap(fencingSecrets).map(secretPath));
  return [...secrets, ...sharedFiles].map((path) => {
    const escaped = path.replaceAll('.', '\\.');
    const [, mode, size] = new RegExp(`^([0-7]+) (\\d+) ${escaped}$`, 'm').exec(modes) ?? [];
    if (mode === undefined) return { path, exists: false };
    const sha256 = new RegExp(`^([0-9a-f]{64})  ${escaped}$`, 'm').exec(hashes)?.[1];
    const view = { path, exists: true, mode: Number.parseInt(mode, 8), sizeBytes: Number(size) };
    return sha256 === undefined ? view : { ...view, sha256 };
  });
}

/** The whole text of the unit with its drop-ins, under the unit's name. An empty one hashes like no file at all. */
function readUnitText({ unit }: Workload, { text }: Section): FileView[] {
  const sha256 = /^([0-9a-f]{64}) /.exec(text)?.[1];
  return sha256 === undefined ? [] : [{ path: unit, exists: sha256 !== emptySha256, sha256 }];
}

const emptySha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

function readPackages(text: string): Record<string, string> {
  const pairs = text.split('\n').map((line) => line.trim().split(' '));
  return Object.fromEntries(pairs.flatMap(([name, version]) => (name && version ? [[name, version]] : [])));
}
