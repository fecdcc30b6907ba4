import type { ErrorCode } from '../../core/index.ts';
import { acceptableRisks } from '../defaults.ts';
import { type Draft, fencingDevices, fencingLevels, memberPaths, nameAt } from '../draft.ts';
import type { Finding } from '../finding.ts';
import type { AcceptedRisk } from '../site.ts';
import type { Path } from '../yaml.ts';
import { linkCountsDiffer } from './nodes.ts';

type Risk = AcceptedRisk['risk'];

interface Danger {
  readonly code: ErrorCode;
  /** Where in this file the danger is. */
  readonly find: (draft: Draft) => readonly Path[];
  readonly onKey: boolean;
  readonly message: (draft: Draft, path: Path) => string;
  readonly remedy: string;
  /** Told by plan and lint; a file that does not accept it is taken all the same. */
  readonly isTaken?: true;
}

/** The dangers that a site file can accept, what they are, and where a file has them. */
const dangers: Record<Risk, Danger> = {
  'no-fencing': {
    code: 'HF-SITE-NO-FENCING',
    find: (draft) => draft.entries(['nodes']).filter((node) => draft.lacks([...node, 'fencing'])),
    onKey: false,
    message: (draft, path) =>
      `${nameAt(draft, path)} has no fencing device: when it falls silent, nobody can know that it has stopped writing.`,
    remedy: 'Add `fencing`',
  },
  'no-witness': {
    code: 'HF-SITE-NO-WITNESS',
    find: (draft) => (draft.lacks(['witness']) ? [['witness']] : []),
    onKey: false,
    message: () =>
      'The site has no witness: two nodes that lose each other each have one vote of two, and both may shoot.',
    remedy: 'Add `witness`, a third machine that votes',
  },
  'insecure-fencing-tls': {
    code: 'HF-SITE-INSECURE-FENCING-TLS',
    find: (draft) =>
      fencingDevices(draft)
        .map((device) => [...device, 'tls'])
        .filter((path) => draft.text(path) === 'insecure'),
    onKey: true,
    message: (draft, path) =>
      `The fencing device of ${nameAt(draft, path.slice(0, 2))} is not verified: whoever stands in between learns the password and can fake a power-off.`,
    remedy: 'Replace `tls: insecure` by `ca` with the certificate of the device',
  },
  'bmc-shares-power': {
    code: 'HF-SITE-BMC-SHARES-POWER',
    find: (draft) => draft.entries(['nodes']).filter((node) => sharesPower(draft, node)),
    onKey: false,
    message: (draft, path) =>
      `Every fencing device of ${nameAt(draft, path)} goes dark with it: a loss of its power is never confirmed.`,
    remedy: 'Add a level with a switched outlet or a watchdog',
    isTaken: true,
  },
  'no-probe': {
    code: 'HF-SITE-NO-PROBE',
    find: (draft) => draft.entries(['workloads']).filter((workload) => draft.lacks([...workload, 'probe'])),
    onKey: false,
    message: (draft, path) =>
      `${nameAt(draft, path)} has no health probe: a process that hangs counts as healthy for ever.`,
    remedy: 'Add `probe`',
  },
  'single-link': {
    code: 'HF-SITE-SINGLE-LINK',
    find: (draft) =>
      memberPaths(draft)
        .filter((member) => draft.entries([...member, 'links']).length === 1)
        .map((member) => [...member, 'links'])
        .slice(0, 1),
    onKey: true,
    message: () => 'The members have one link only: one cut cable or one dead switch looks like a dead machine.',
    remedy: 'Add a second address, in a network of its own, to `links` of every member',
  },
  'clients-link-unwatched': {
    code: 'HF-SITE-CLIENTS-LINK-UNWATCHED',
    find: (draft) => (draft.lacks(['reach']) ? [['reach']] : []),
    onKey: false,
    message: () =>
      "Nothing watches the clients' cable of the node that serves: cut, it leaves a site that serves nobody.",
    remedy: "Add `reach` with something in the clients' network that always answers pings",
    isTaken: true,
  },
};

/** Each danger is either not there or accepted with a reason; nothing is accepted that is not there. */
export function checkRisks(draft: Draft): readonly Finding[] {
  const accepted = draft.entries(['accept']);
  const names = new Set(accepted.map((path) => draft.text([...path, 'risk'])));
  return [
    ...acceptableRisks.flatMap((risk) => (names.has(risk) ? [] : notAccepted(draft, risk))),
    ...accepted.flatMap((path, index) => [
      ...notThere(draft, path),
      ...acceptedTwice(draft, accepted.slice(0, index), path),
      ...withoutReason(draft, path),
    ]),
  ];
}

function notAccepted(draft: Draft, risk: Risk): Finding[] {
  // What a misspelt `accept` says is not known; a member with fewer links than the others is told by itself.
  if (!draft.has(['accept']) && !draft.lacks(['accept'])) return [];
  if (risk === 'single-link' && linkCountsDiffer(draft)) return [];
  const { code, find, onKey, message, remedy, isTaken } = dangers[risk];
  if (isTaken) return [];
  return find(draft).map((path) => ({
    code,
    path,
    onKey,
    message: message(draft, path),
    remedy: `${remedy}, or accept the risk: accept: [{ risk: ${risk}, because: '…' }].`,
  }));
}

function notThere(draft: Draft, path: Path): Finding[] {
  const risk = acceptableRisks.find((name) => name === draft.text([...path, 'risk']));
  if (risk === undefined || dangers[risk].find(draft).length > 0) return [];
  return [
    {
      code: 'HF-SITE-RISK-NOT-PRESENT',
      path: [...path, 'risk'],
      message: `The file accepts \`${risk}\`, but this site does not have that risk.`,
      remedy: 'Take it out, so that it cannot hide the risk when it comes.',
    },
  ];
}

function acceptedTwice(draft: Draft, earlier: readonly Path[], path: Path): Finding[] {
  const risk = draft.text([...path, 'risk']);
  if (risk === undefined || earlier.every((other) => draft.text([...other, 'risk']) !== risk)) return [];
  return [
    {
      code: 'HF-SITE-RISK-TWICE',
      path: [...path, 'risk'],
      message: `\`${risk}\` is accepted twice.`,
      remedy: 'Keep one of the two, with its reason.',
    },
  ];
}

function sharesPower(draft: Draft, node: Path): boolean {
  const levels = fencingLevels(draft, node);
  const goesDark = (device: Path) =>
    ['redfish', 'ipmi'].includes(draft.text([...device, 'type']) ?? '') && draft.text([...device, 'power']) !== 'own';
  return levels.length > 0 && levels.every((devices) => devices.some(goesDark));
}

function withoutReason(draft: Draft, path: Path): Finding[] {
  const because = draft.text([...path, 'because']);
  if (because === undefined || because.trim() !== '') return [];
  return [
    {
      code: 'HF-SITE-RISK-WITHOUT-REASON',
      path: [...path, 'because'],
      message: 'The risk is accepted without a reason.',
      remedy: 'Say in words why it is acceptable on this site.',
    },
  ];
}
