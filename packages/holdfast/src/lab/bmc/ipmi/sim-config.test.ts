import { expect, it } from 'vitest';
import { chassisProgram, simCommands, simConfiguration } from './sim-config.ts';

// The real simulator reads both, and the real fence_ipmilan asks it, in fencing/ipmi/fence-ipmi.test.ts.
it('gives the simulator one account, which may switch power and no more, and the program that switches', async () => {
  const configuration = simConfiguration({
    address: '10.77.9.1',
    port: 9011,
    account: { username: 'holdfast-alpha', password: 'nineteen-characters' },
    chassisProgram: '/var/lib/holdfast/lab/bmc/ipmi-alpha/chassis',
  });
  await expect(`${configuration}--- its commands\n${simCommands}`).toMatchFileSnapshot('golden/lan.conf');
});

it('hands a program’s words to the shell as they are', () => {
  expect(chassisProgram(['/opt/a b/node', "it's", 'alpha'])).toBe(
    `#!/bin/sh\nexec '/opt/a b/node' 'it'\\''s' 'alpha' "$@"\n`,
  );
});
