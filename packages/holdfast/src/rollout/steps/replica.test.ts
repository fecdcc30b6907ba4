import { describe, expect, it } from 'vitest';
import type { Host, Hosts } from '../../hosts/index.ts';
import { joinReplica, seedReplica } from './replica.ts';

const step = { hosts: ['alpha', 'bravo'], resource: 'state', minor: 0 } as const;

describe('Two ends that do not come together', () => {
  const refused = { alpha: standAlone('UpToDate/DUnknown'), bravo: standAlone('Inconsistent/DUnknown') };
  const letGo = [
    'conn( WFReportParams -> Disconnecting )',
    'error receiving ReportParams',
    'Connection closed',
    'receiver terminated',
  ];

  it('because one disk is too small are told so, and which, and not to look at addresses', async () => {
    const dmesg = ["drbd state/0 drbd0: The peer's disk size is too small!", ...letGo].join('\n');
    const { hosts } = fakeHosts(refused, { alpha: dmesg, bravo: letGo.join('\n') });
    await expect(joinReplica(step, hosts)).rejects.toMatchObject({
      code: 'HF-APPLY-REPLICA-APART',
      message: expect.stringMatching(/alpha: StandAlone, UpToDate \(error receiving/),
      problems: [
        { remedy: expect.stringMatching(/^The disk of bravo is smaller than what the data of alpha take up/) },
      ],
    });
  });

  it('are told to look at the link when nothing else is known', async () => {
    const { hosts } = fakeHosts(refused, {});
    await expect(joinReplica(step, hosts)).rejects.toMatchObject({
      problems: [{ remedy: expect.stringMatching(/^Check that the addresses/) }],
    });
  });
});

it('A copy that was begun is not begun again', async () => {
  const copying = '0: cs:SyncSource ro:Secondary/Secondary ds:UpToDate/Inconsistent C r-----';
  const { hosts, scripts } = fakeHosts({ alpha: copying, bravo: copying }, {});
  await seedReplica({ kind: 'seed-replica', ...step, copies: true }, hosts);
  expect(scripts.filter((script) => /primary|new-current-uuid/.test(script))).toEqual([]);
});

function standAlone(disks: string): string {
  return `0: cs:StandAlone ro:Secondary/Unknown ds:${disks}   r-----`;
}

type ByHost = Readonly<Record<string, string>>;

/** Machines with the kernel's 8.4 whose /proc/drbd and dmesg are always the same. */
function fakeHosts(proc: ByHost, dmesg: ByHost): { readonly hosts: Hosts; readonly scripts: string[] } {
  const scripts: string[] = [];
  const host = (name: string): Host => ({
    name,
    async run(script: string) {
      scripts.push(script);
      const isStatus = script.startsWith('version=');
      const stdout = isStatus
        ? `kernel 8.4.11\nproc  ${proc[name]}`
        : script.startsWith('dmesg')
          ? (dmesg[name] ?? '')
          : '';
      return { exitCode: 0, stdout, stderr: '' };
    },
    async *lines() {},
    close: async () => {},
  });
  const close = async () => {};
  return {
    hosts: { all: step.hosts.map(host), get: host, close, [Symbol.asyncDispose]: close },
    scripts,
  };
}
