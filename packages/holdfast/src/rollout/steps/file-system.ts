import { HoldfastError, shellQuote } from '../../core/index.ts';
import type { Host, Hosts } from '../../hosts/index.ts';
import { describeContent } from '../device-content.ts';
import type { DeviceFact } from '../facts.ts';
import { deviceFunctions, factsScript } from '../facts-script.ts';
import { readFacts } from '../read-facts.ts';
import type { MakeFileSystemStep } from '../step.ts';
import { runScript } from './run-script.ts';

export const makeTimeoutMs = 15 * 60_000;
export const changedExitCode = 91;

/**
 * Makes the file system on the first host, after looking once more at what the device holds, and then checks that every
 * other host sees that very file system: then they do share the device. Throws HF-APPLY-DEVICE-CHANGED, HF-APPLY-DEVICE-NOT-SHARED.
 */
export async function makeFileSystem(step: MakeFileSystemStep, hosts: Hosts): Promise<void> {
  const maker = hosts.get(step.hosts[0]);
  const expected = step.destroys ?? 'empty';
  let printed = '';
  for (const name of step.hosts) {
    const look = await lookAt(step.device, hosts.get(name));
    const seen = describeDevice(look.fact);
    if (seen !== expected) throw changed(step.device, name, expected, seen);
    if (name === maker.name) printed = look.printed;
  }
  const device = shellQuote(step.device);
  const make = makeCommand(step.filesystem, step.uuid, device);
  // None is forced: wipefs and mkfs open the device exclusively and refuse one that is in use.
  const wipe = step.destroys === undefined ? '' : `wipefs --all --quiet ${device} && `;
  const script = `${deviceFunctions}
IFS= read -r looked
[ "$(device ${device})" = "$looked" ] || exit ${changedExitCode}
${wipe}${make} && sync && blockdev --flushbufs ${device}`;
  const { exitCode } = await runScript(maker, `make a file system on ${step.device}`, script, {
    stdin: `${printed}\n`,
    timeoutMs: makeTimeoutMs,
    expected: [changedExitCode],
  });
  if (exitCode === changedExitCode) throw changed(step.device, maker.name, expected, 'something else now');
  for (const name of step.hosts) {
    const seen = describeDevice((await lookAt(step.device, hosts.get(name))).fact);
    if (seen !== `${step.filesystem}:${step.uuid}`) throw notShared(step, name, seen);
  }
}

/** `device` is quoted for the shell. */
export function makeCommand(filesystem: 'ext4' | 'xfs', uuid: string, device: string): string {
  return filesystem === 'ext4'
    ? `mkfs.ext4 -q -E nodiscard -U ${shellQuote(uuid)} ${device}`
    : `mkfs.xfs -q -K -m uuid=${shellQuote(uuid)} ${device}`;
}

/** `printed`: the line by which the machine can tell whether the device is still the same. */
export async function lookAt(
  device: string,
  host: Host,
): Promise<{ readonly fact: DeviceFact | undefined; readonly printed: string }> {
  const request = {
    packages: [],
    textFiles: [],
    opaqueFiles: [],
    units: [],
    workloadUnits: [],
    devices: [device],
    mountPoints: [],
  };
  const { stdout } = await host.run(factsScript(request));
  const { devices } = readFacts(host.name, request, stdout, { sentAtMs: 0, answeredAtMs: 0 });
  return { fact: devices[device], printed: stdout.split('\n').find((line) => line.startsWith('device\t')) ?? '' };
}

export function describeDevice(fact: DeviceFact | undefined): string {
  if (fact === undefined || fact.kind === 'absent') return 'no device';
  if (fact.mountedAt !== undefined) return `a file system mounted at ${fact.mountedAt}`;
  if (fact.holders.length > 0) return `a device used by ${fact.holders.join(', ')}`;
  return describeContent(fact.content);
}

export function changed(device: string, host: string, expected: string, seen: string): HoldfastError {
  return new HoldfastError({
    code: 'HF-APPLY-DEVICE-CHANGED',
    message: `${device} on ${host} is ${seen}, and was ${expected} when the plan was made; nothing was written to it.`,
    remedy: 'Find out who uses the device, then plan again.',
    source: 'site',
  });
}

function notShared(step: MakeFileSystemStep, host: string, seen: string): HoldfastError {
  return new HoldfastError({
    code: 'HF-APPLY-DEVICE-NOT-SHARED',
    message: `The file system made on ${step.device} of ${step.hosts[0]} is not what ${host} sees there (${seen}): they do not share the device.`,
    remedy: 'Connect both nodes to one device, or correct its path in the site file.',
    source: 'site',
  });
}
