import { HoldfastError, shellQuote } from '../../core/index.ts';
import type { Host, Hosts } from '../../hosts/index.ts';
import { describeContent } from '../device-content.ts';
import type { DeviceFact } from '../facts.ts';
import { factsScript } from '../facts-script.ts';
import { readFacts } from '../read-facts.ts';
import type { MakeFileSystemStep } from '../step.ts';
import { runScript } from './run-script.ts';

const makeTimeoutMs = 15 * 60_000;

/**
 * Makes the file system on the first host, after looking once more at what the device holds, and then checks that every
 * other host sees that very file system: then they do share the device. Throws HF-APPLY-DEVICE-CHANGED, HF-APPLY-DEVICE-NOT-SHARED.
 */
export async function makeFileSystem(step: MakeFileSystemStep, hosts: Hosts): Promise<void> {
  const maker = hosts.get(step.hosts[0]);
  const expected = step.destroys ?? 'empty';
  for (const name of step.hosts) {
    const seen = describeDevice(await lookAt(step.device, hosts.get(name)));
    if (seen !== expected) throw changed(step.device, name, expected, seen);
  }
  const device = shellQuote(step.device);
  const make =
    step.filesystem === 'ext4'
      ? `mkfs.ext4 -F -q -E nodiscard -U ${shellQuote(step.uuid)} ${device}`
      : `mkfs.xfs -f -q -K -m uuid=${shellQuote(step.uuid)} ${device}`;
  const wipe = step.destroys === undefined ? '' : `wipefs --all --quiet ${device} && `;
  await runScript(
    maker,
    `make a file system on ${step.device}`,
    `${wipe}${make} && sync && blockdev --flushbufs ${device}`,
    {
      timeoutMs: makeTimeoutMs,
    },
  );
  for (const name of step.hosts) {
    const seen = describeDevice(await lookAt(step.device, hosts.get(name)));
    if (seen !== `${step.filesystem}:${step.uuid}`) throw notShared(step, name, seen);
  }
}

async function lookAt(device: string, host: Host): Promise<DeviceFact | undefined> {
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
  return readFacts(host.name, request, stdout, { sentAtMs: 0, answeredAtMs: 0 }).devices[device];
}

function describeDevice(fact: DeviceFact | undefined): string {
  if (fact === undefined || fact.kind === 'absent') return 'no device';
  if (fact.mountedAt !== undefined) return `a file system mounted at ${fact.mountedAt}`;
  if (fact.holders.length > 0) return `a device used by ${fact.holders.join(', ')}`;
  return describeContent(fact.content);
}

function changed(device: string, host: string, expected: string, seen: string): HoldfastError {
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
