import { shellQuote } from '../core/index.ts';
import { agentCall, watchdogId } from '../fencing/index.ts';
import { type NodeDevice, nodeDevices, watchdogOf } from '../patterns/index.ts';
import type { Site } from '../site/index.ts';
import type { StatusProof } from './types.ts';

/** The devices that a member may be the one to ask: those of the others, and its own watchdog. */
export function devicesAskedFrom(site: Site, member: string, nodes: readonly string[]): readonly NodeDevice[] {
  return nodeDevices(site).filter(
    ({ node, device }) => nodes.includes(node) && (device === 'watchdog') === (node === member),
  );
}

/** One script that asks them, one after another, and prints a line for each. It switches nothing. */
export function statusScript(site: Site, devices: readonly NodeDevice[]): string {
  return [preamble, ...devices.map((each) => `ask ${key(each)} ${shellQuote(question(site, each))}`)].join('\n');
}

const preamble = `export LC_ALL=C PATH=/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin
ask() {
  began=$(date +%s%N)
  said=$(eval "$2" 2>&1 </dev/null)
  code=$?
  printf '%s %s %s %s\\n' "$1" "$code" "$(($(date +%s%N) - began))" "$(printf %s "$said" | tail -c 4000 | base64 -w0)"
}`;

function question(site: Site, { node, device }: NodeDevice): string {
  if (device !== 'watchdog') return agentCall(device, 'status');
  const own = site.nodes.find(({ name }) => name === node);
  return watchdogQuestion((own && watchdogOf(site, own)?.device) ?? '/dev/watchdog');
}

/**
 * Whether SBD feeds the watchdog. The device is not opened: that would arm it, and only SBD can have it open (sbd.8,
 * "query-watchdog"). Its values are read where the kernel shows them (Documentation/ABI/testing/sysfs-class-watchdog).
 */
function watchdogQuestion(path: string): string {
  const sysfs = `/sys/class/watchdog/${path === '/dev/watchdog' ? 'watchdog0' : path.replace('/dev/', '')}`;
  return `[ -c ${path} ] || { echo 'there is no watchdog ${path}'; exit 3; }
systemctl is-active --quiet sbd.service || { echo 'sbd.service does not run'; exit 3; }
echo "$(cat ${sysfs}/identity 2>/dev/null || echo a watchdog), $(cat ${sysfs}/timeout 2>/dev/null || echo unknown) s, fed by sbd"`;
}

function key({ id, node }: NodeDevice): string {
  return `${id}@${node}`;
}

/**
 * What the script printed. `answers`: the nodes that were reached themselves, and so surely are on. Pure.
 */
export function readStatus(
  askedFrom: string,
  devices: readonly NodeDevice[],
  printed: string,
  answers: ReadonlySet<string>,
): readonly StatusProof[] {
  const lines = new Map(
    printed.split('\n').map((line) => {
      const [name = '', ...rest] = line.split(' ');
      return [name, rest] as const;
    }),
  );
  return devices.map((each) => {
    const [code, nanoseconds, said] = lines.get(key(each)) ?? [];
    const about = { device: each.id, node: each.node, level: each.level, askedFrom };
    if (code === undefined || nanoseconds === undefined) return { ...about, ...notAsked('the script was cut short') };
    const seconds = Math.round(Number(nanoseconds) / 1e7) / 100;
    const text = Buffer.from(said ?? '', 'base64').toString('utf8');
    return { ...about, seconds, ...judged(each, Number(code), text, answers.has(each.node)) };
  });
}

/** What is said of a device that could not be asked. */
export function notAsked(why: string): Pick<StatusProof, 'outcome' | 'seconds' | 'said' | 'code'> {
  return { outcome: 'not-asked', seconds: null, said: why, code: 'HF-FENCING-NOT-ASKED' };
}

type Judgement = Pick<StatusProof, 'outcome' | 'power' | 'said' | 'code'>;

/** Exit codes of `status`: 0 is on, 2 is off (fence-agents, lib/fencing.py.py, `fence_action`); those of timeout(1). */
function judged({ id, node, device }: NodeDevice, code: number, said: string, answers: boolean): Judgement {
  if (id === watchdogId || device === 'watchdog') {
    return code === 0
      ? { outcome: 'works', said: agentSaid(said) }
      : { outcome: 'fails', said: agentSaid(said), code: 'HF-FENCING-WATCHDOG' };
  }
  if (code === 0) return { outcome: 'works', power: 'on', said: `${node} is on` };
  if (code === 2 && answers) {
    return {
      outcome: 'fails',
      power: 'off',
      said: `says that ${node} is off, but ${node} answers: it switches another machine`,
      code: 'HF-FENCING-OTHER-MACHINE',
    };
  }
  if (code === 2) return { outcome: 'works', power: 'off', said: `${node} is off` };
  if (code === 124 || code === 137) {
    return {
      outcome: 'silent',
      said: `no answer within ${device.timeoutMs / 1000} s`,
      code: 'HF-FENCING-SILENT',
    };
  }
  if (code === 127) {
    return { outcome: 'fails', said: `${device.agent} is not installed there`, code: 'HF-FENCING-FAILED' };
  }
  return { outcome: 'fails', said: agentSaid(said) || `exit code ${code}`, code: 'HF-FENCING-FAILED' };
}

/** Agents log with a time and a level in front (`2026-01-02 03:04:05,678 ERROR: …`), and end with a hint to their help. */
export function agentSaid(said: string): string {
  const lines = said.split('\n').map((line) => line.replace(/^[0-9-]+ [0-9:,]+ [A-Z]+: /, '').trim());
  const line = lines.filter((each) => each !== '' && !each.startsWith('Please use')).at(-1) ?? '';
  return line.slice(0, 300);
}
