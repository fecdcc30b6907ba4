import { describe, expect, it } from 'vitest';
import { cloudResource, resource } from '../../src/engines/drbd/drbd.fixture.ts';
import { type DrbdKernel, drbdGlobalConf, drbdSecretFile, writeDrbdResource } from '../../src/engines/drbd/index.ts';
import { oracleMissing, runInImage } from './image-programs.ts';

const secret = 'hvKq3_ZyP0qY7m2sT4uV6wX8yZ1aB3cD5eF7gH9iJ1kL3mN5';
const models = { resource, cloudResource };

describe.skipIf(oracleMissing !== undefined).each(['8.4', '9'] as const)('For DRBD %s', (kernel) => {
  it.each(Object.entries(models))('what is written of %s is what drbdadm understands', (_, model) => {
    const { exitCode, stdout, said } = dump(writeDrbdResource(model, kernel), kernel);
    expect({ exitCode, said: exitCode === 0 ? '' : said }).toEqual({ exitCode: 0, said: '' });
    expect(stdout).toContain(`shared-secret    ${secret}`);
    expect(stdout).toMatch(/fencing\s+resource-and-stonith;/);
    expect(stdout).toMatch(/on-io-error\s+detach;/);
    expect(stdout).toMatch(/usage-count no;/);
    for (const { name, disk } of model.nodes) {
      expect(stdout).toMatch(new RegExp(`on ${name} \\{`));
      expect(stdout).toContain(disk);
    }
  });

  it('the other dialect is refused, so that the two are really told apart', () => {
    const other = kernel === '9' ? '8.4' : '9';
    expect(dump(writeDrbdResource(resource, other), kernel).exitCode).not.toBe(0);
  });

  it('a word that DRBD does not know is refused', () => {
    const broken = writeDrbdResource(resource, kernel).replace('ping-int', 'ping-interval');
    expect(dump(broken, kernel).exitCode).not.toBe(0);
  });

  it('the agent and the handler that lifts the fence are where they are named', () => {
    const programs = [...writeDrbdResource(resource, kernel).matchAll(/"(\/usr\/lib\/drbd\/\S+)/g)].map(
      ([, path]) => path,
    );
    expect(new Set(programs).size).toBe(1);
    const looked = [...programs, '/usr/lib/ocf/resource.d/linbit/drbd'].map((path) => `test -x ${path}`);
    expect(runInImage(looked.join(' && ')).exitCode).toBe(0);
  });
});

/** As on alpha, which has the addresses, with that kernel: drbdadm passes 8.4 on to a program of its own (user/v9/drbdadm_main.c, `exec_legacy_drbdadm`). */
function dump(text: string, kernel: DrbdKernel) {
  const version = kernel === '9' ? '9.2.0' : '8.4.11';
  const program = kernel === '9' ? 'drbdadm' : '/lib/drbd/drbdadm-84';
  const own = [...text.matchAll(/ipv[46] \[?([0-9a-f.:]+?)\]?:\d+;/g)].map(
    ([, address]) => `ip address add ${address} dev lo`,
  );
  return runInImage(`${own.join('; ')}; DRBD_DRIVER_VERSION_OVERRIDE=${version} __DRBD_NODE__=alpha ${program} dump`, {
    '/etc/drbd.conf': 'include "drbd.d/global_common.conf";\ninclude "drbd.d/*.res";\n',
    '/etc/drbd.d/global_common.conf': drbdGlobalConf,
    '/etc/drbd.d/holdfast-secret.res': `${drbdSecretFile.before}${secret}${drbdSecretFile.after}`,
    '/etc/drbd.d/state.res': text,
  });
}
