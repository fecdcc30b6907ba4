import { describe, expect, it } from 'vitest';
import { budget, checkObjectives, notesOnHeldWrites } from '../budget/index.ts';
import { parseSite } from '../site/index.ts';
import { labLayout } from './layout.ts';
import { siteFile } from './site-folder.ts';
import { bmcKinds, type LabState } from './state.ts';

const account = (username: string) => ({ username, password: 'x' });
const accounts = {
  alpha: account('holdfast-alpha'),
  bravo: account('holdfast-bravo'),
  charlie: account('holdfast-charlie'),
};
const made = { version: 1, release: 'bookworm', createdAt: '2026-11-26T00:00:00Z' } as const;
const vm = { ...made, machines: 'vm', imageDirectory: '/image', templateDirectory: '/template' } as const;

describe.each(bmcKinds)('The site file of a lab that fences by %s', (bmc) => {
  it.each<[string, LabState]>([
    ['containers', { ...made, bmc, machines: 'containers', imageRoot: '/image' }],
    ['virtual machines', { ...vm, bmc, accelerator: 'kvm' }],
    ['emulated machines', { ...vm, bmc, accelerator: 'tcg' }],
  ])('promises with %s what it can hold, and has a probe that waits as long as writes are held', (_, state) => {
    const text = siteFile(labLayout('test'), state, accounts);
    const site = parseSite(text, { file: 'site.yaml', readFile: () => '-----BEGIN CERTIFICATE-----' });
    expect(checkObjectives(site)).toEqual([]);
    expect(notesOnHeldWrites(site)).toEqual([]);
    expect(site.objectives.rtoMs / 1000).toBeLessThan(2 * budget(site)['process-hang'].seconds);
  });
});
