import { type Draft, fencingDevices, memberPaths, nameAt } from '../draft.ts';
import { parseEndpoint } from '../endpoint.ts';
import { type Finding, showPath } from '../finding.ts';
import { type Ip, ipLength, parseIp, reservedRole, sameIp, sameNetwork, unusableKind } from '../ip.ts';
import type { Path } from '../yaml.ts';

interface Link {
  readonly path: Path;
  readonly member: Path;
  readonly index: number;
  readonly text: string;
  readonly ip: Ip;
}

/** Addresses of the links and the virtual address: each one, and all together. */
export function checkAddresses(draft: Draft): readonly Finding[] {
  const links: Link[] = [];
  const findings: Finding[] = [];
  for (const member of memberPaths(draft)) {
    for (const [index, path] of draft.entries([...member, 'links']).entries()) {
      const text = draft.text(path);
      if (text === undefined) continue;
      const ip = parseIp(text);
      if (ip === undefined) findings.push(notAnAddress(path, text));
      else links.push({ path, member, index, text, ip });
    }
  }
  return [
    ...findings,
    ...links.flatMap((link) => unusable(link.path, link.text, link.ip)),
    ...duplicates(draft, links),
    ...mixedFamilies(draft, links),
    ...virtualAddress(draft, links),
    ...endpoints(draft),
    ...devicesInside(draft, links),
    ...reach(draft, links),
  ];
}

/** What both nodes ping: an address of the site itself always answers, or goes with the node, and would decide nothing. */
function reach(draft: Draft, links: readonly Link[]): Finding[] {
  const most = 8;
  const entries = draft.entries(['reach']);
  const own = [...links.map(({ text }) => text), ...(draft.text(['address'])?.split('/').slice(0, 1) ?? [])];
  const tooMany: Finding[] =
    entries.length <= most
      ? []
      : [
          {
            code: 'HF-SITE-ADDRESS',
            path: ['reach'],
            message: `There are ${entries.length} addresses to reach; each costs a ping a second.`,
            remedy: `Name at most ${most}: the gateway of the clients is often enough.`,
          },
        ];
  return [
    ...tooMany,
    ...entries.flatMap((path): Finding[] => {
      const text = draft.text(path);
      if (text === undefined) return [];
      const ip = parseIp(text);
      if (ip === undefined) return [notAnAddress(path, text)];
      if (!own.includes(text)) return unusable(path, text, ip);
      return [
        {
          code: 'HF-SITE-ADDRESS',
          path,
          message: `\`${text}\` belongs to this site: whether a node reaches it says nothing about the clients.`,
          remedy: 'Name something that stands where the clients are, such as their gateway.',
        },
      ];
    }),
  ];
}

/** Where other programs listen: fencing devices, a qnetd witness, TCP probes. */
function endpoints(draft: Draft): Finding[] {
  const paths: Path[] = [
    ...fencingDevices(draft).map((device) => [...device, 'address']),
    ...draft.entries(['workloads']).map((workload) => [...workload, 'probe', 'tcp']),
    ['witness', 'address'],
  ];
  return paths.flatMap((path) => {
    const text = draft.text(path);
    if (text === undefined || parseEndpoint(text) !== undefined) return [];
    return [
      {
        code: 'HF-SITE-ADDRESS',
        path,
        message: `\`${text.slice(0, 60)}\` is not a host, or its port is not one.`,
        remedy:
          'Write a host and, where one belongs there, a port from 1 to 65535; brackets around IPv6: [fd00::1]:8443.',
      },
    ];
  });
}

/** A management controller has an address of its own: at one of a node, what answers dies with that node. */
function devicesInside(draft: Draft, links: readonly Link[]): Finding[] {
  const [virtual = ''] = (draft.text(['address']) ?? '').split('/');
  return fencingDevices(draft).flatMap((device): Finding[] => {
    const path = [...device, 'address'];
    const ip = parseIp(parseEndpoint(draft.text(path) ?? '')?.host ?? '');
    if (ip === undefined) return [];
    const link = links.find((each) => each.member[0] === 'nodes' && sameIp(each.ip, ip));
    const virtualIp = parseIp(virtual);
    if (link === undefined && (virtualIp === undefined || !sameIp(virtualIp, ip))) return [];
    const owner =
      link === undefined ? 'the virtual address of the site' : `link ${link.index} of ${nameAt(draft, link.member)}`;
    return [
      {
        code: 'HF-SITE-FENCING-ADDRESS',
        path,
        message: `The address of this device is ${owner}: what answers there is gone when it is needed.`,
        remedy:
          "Write the address of the device itself, such as the one that the machine's firmware shows for its BMC.",
      },
    ];
  });
}

function notAnAddress(path: Path, text: string): Finding {
  const hasLeadingZero = /(^|\.)0[0-9]/.test(text);
  return {
    code: 'HF-SITE-ADDRESS',
    path,
    message: `\`${text.slice(0, 60)}\` is not an IP address${hasLeadingZero ? ': a number in it has a leading zero' : ''}.`,
    remedy: 'Write an address such as 10.77.1.11 or fd00:77::11.',
  };
}

function unusable(path: Path, text: string, ip: Ip): Finding[] {
  const kind = unusableKind(ip);
  if (kind === undefined) return [];
  return [
    {
      code: 'HF-SITE-ADDRESS-KIND',
      path,
      message: `\`${text}\` is a ${kind} address; the other machines cannot reach this one there.`,
      remedy: 'Write an address that belongs to one machine in a network.',
    },
  ];
}

function duplicates(draft: Draft, links: readonly Link[]): Finding[] {
  return links.flatMap((link, index) => {
    const earlier = links.slice(0, index).find((other) => sameIp(other.ip, link.ip));
    if (earlier === undefined) return [];
    return [
      {
        code: 'HF-SITE-DUPLICATE-ADDRESS',
        path: link.path,
        message: `${link.text} is already link ${earlier.index} of ${nameAt(draft, earlier.member)}, at \`${showPath(earlier.path)}\`.`,
        remedy: 'Give each link of each machine its own address.',
      },
    ];
  });
}

/** knet needs one address family in each link (corosync.conf(5), `ip_version`; totemconfig.c, "mixed IP families"). */
function mixedFamilies(draft: Draft, links: readonly Link[]): Finding[] {
  return links.flatMap((link) => {
    const first = links.find((other) => other.index === link.index);
    if (first === undefined || first.ip.family === link.ip.family) return [];
    return [
      {
        code: 'HF-SITE-LINK-FAMILY',
        path: link.path,
        message: `Link ${link.index} is IPv${link.ip.family} here and IPv${first.ip.family} on ${nameAt(draft, first.member)}.`,
        remedy: 'Use one address family in each link.',
      },
    ];
  });
}

function virtualAddress(draft: Draft, links: readonly Link[]): Finding[] {
  const path = ['address'];
  const [text, prefix] = (draft.text(path) ?? '').split('/');
  if (text === undefined || prefix === undefined) return [];
  const ip = parseIp(text);
  if (ip === undefined) return [notAnAddress(path, text)];
  const prefixLength = Number(prefix);
  if (!(prefixLength >= 1 && prefixLength <= ipLength(ip.family))) {
    return [
      {
        code: 'HF-SITE-PREFIX',
        path,
        message: `/${prefix} is no prefix length of an IPv${ip.family} network.`,
        remedy: `Write 1 to ${ipLength(ip.family)}, such as ${text}/${ip.family === 4 ? 24 : 64}.`,
      },
    ];
  }
  return [
    ...unusable(path, text, ip),
    ...takenByMember(draft, links, text, ip),
    ...reserved(text, ip, prefixLength),
    ...outsideNetworks(draft, links, text, ip, prefixLength),
  ];
}

function takenByMember(draft: Draft, links: readonly Link[], text: string, ip: Ip): Finding[] {
  const taken = links.find((link) => sameIp(link.ip, ip));
  if (taken === undefined) return [];
  return [
    {
      code: 'HF-SITE-VIRTUAL-ADDRESS-TAKEN',
      path: ['address'],
      message: `The virtual address ${text} is link ${taken.index} of ${nameAt(draft, taken.member)}.`,
      remedy: 'Choose an address that no machine has.',
    },
  ];
}

function reserved(text: string, ip: Ip, prefixLength: number): Finding[] {
  const role = reservedRole(ip, prefixLength);
  if (role === undefined) return [];
  return [
    {
      code: 'HF-SITE-VIRTUAL-ADDRESS-RESERVED',
      path: ['address'],
      message: `${text} is the ${role} address of its /${prefixLength} network and cannot be a host’s.`,
      remedy: 'Choose an address between the first and the last one of the network.',
    },
  ];
}

function outsideNetworks(draft: Draft, links: readonly Link[], text: string, ip: Ip, prefixLength: number): Finding[] {
  const outside = links.filter(
    (link) => link.member[0] === 'nodes' && link.index === 0 && !sameNetwork(link.ip, ip, prefixLength),
  );
  if (outside.length === 0) return [];
  const shown = outside.map((link) => `${nameAt(draft, link.member)} (${link.text})`).join(' and ');
  return [
    {
      code: 'HF-SITE-VIRTUAL-ADDRESS-OUTSIDE',
      path: ['address'],
      message: `The virtual address ${text}/${prefixLength} is not in the network of link 0 of ${shown}.`,
      remedy: 'Choose an address in the network of link 0 of both nodes, or put that network first in `links`.',
    },
  ];
}
