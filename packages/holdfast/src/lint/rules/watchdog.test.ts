import { describe, expect, it } from 'vitest';
import { writeCib } from '../../engines/pacemaker/index.ts';
import { fencingSites } from '../../patterns/active-passive/fencing-sites.fixture.ts';
import { agents } from '../../patterns/active-passive/sites.fixture.ts';
import { compile } from '../../patterns/index.ts';
import { cib, fenceDevice, given } from '../examples/configurations.fixture.ts';
import { examples } from '../examples/index.fixture.ts';
import { lint } from '../lint.ts';

const code = 'HF-LINT-SBD-WAIT-CUT';
const why = (text: string, ...more: readonly string[]) =>
  lint(given(text, ...more)).flatMap((found) => (found.rule === code ? [found.why] : []));

/** Bravo has a device of 20 s, then a watchdog of 10 s. */
const behind = examples[code]?.bad.files[0]?.text ?? '';

describe('The wait for a watchdog', () => {
  it('is cut where Pacemaker 2.1.5 comes to it after a device', () => {
    expect(behind).toContain('<fencing-level');
    expect(why(behind)).toEqual([
      'The fencing of bravo is given up after 24 s; the levels before its watchdog may take 24 s of them, and the watchdog is waited for 10 s.',
    ]);
  });

  it.each(['3.17.0', '3.20.0', '4.0.0', ''])('is counted by later versions (feature set %j)', (version) => {
    expect(why(behind.replace('crm_feature_set="3.16.1"', `crm_feature_set="${version}"`))).toEqual([]);
  });

  it('is cut by the timeouts of the devices themselves, for the action that is asked of them', () => {
    const level = (devices: string, timeout: string) =>
      behind.replace('devices="watchdog"', `devices="${devices}"`).replace('value="20s"', `value="${timeout}"`);
    expect(why(level('watchdog,fence-bravo', '5s'))).toEqual([
      'The fencing of bravo is given up after 12 s; the levels before its watchdog may take 6 s of them, and the watchdog is waited for 10 s.',
    ]);
    expect(why(level('watchdog,fence-bravo,fence-bravo', '5s'))).toEqual([]);
    // For "off" nothing is said: both are given stonith-timeout, 60 s.
    const off = level('watchdog,fence-bravo', '5s').replace(
      'devices="fence-bravo"',
      'devices="fence-bravo,fence-alpha"',
    );
    expect(why(off)).toEqual([expect.stringContaining('comes to its watchdog after 144 s at worst')]);
  });

  it('never begins, in any version, where the devices before it may take longer than 1.2 times stonith-timeout', () => {
    for (const version of ['3.16.1', '3.20.0']) {
      const of = (properties: string) =>
        behind
          .replace('3.16.1', version)
          .replace('value="20s"', 'value="70s"')
          .replace('devices="watchdog"', 'devices="watchdog,fence-bravo"')
          .replace('<nvpair id="options-stonith-watchdog', `${properties}$&`);
      expect(why(of(''))).toEqual([
        'The fencing of bravo comes to its watchdog after 84 s at worst, and Pacemaker waits for a watchdog only when it comes to it before 72 s, 1.2 times stonith-timeout.',
      ]);
      expect(why(of('<nvpair id="t" name="stonith-timeout" value="80s"/>'))).toEqual([]);
    }
  });

  it('is cut for the one node that has nothing but its watchdog', () => {
    const device = (node: string) => fenceDevice(node);
    const mixed = (watchdogs: string) =>
      cib({
        properties: { 'stonith-watchdog-timeout': '90s' },
        fencing: `${device('alpha')}${device(watchdogs).replaceAll(`fence-${watchdogs}`, 'watchdog').replace('fence_ipmilan', 'fence_watchdog')}`,
      });
    expect(why(mixed('bravo'))).toEqual([expect.stringContaining('The fencing of bravo is given up after 72 s')]);
    expect(why(mixed('alpha'))).toEqual([]);
  });

  it('is cut where a watchdog alone takes longer than 1.2 times stonith-timeout', () => {
    const alone = (properties: Readonly<Record<string, string>>) => cib({ fencing: '', properties });
    const cut = [
      'The fencing of alpha is given up after 72 s, 1.2 times stonith-timeout, and its watchdog is waited for 90 s.',
    ];
    expect(why(alone({ 'stonith-watchdog-timeout': '90s' }))).toEqual(cut);
    expect(why(alone({ 'stonith-watchdog-timeout': '-1' }), 'SBD_DEVICE=""\nSBD_WATCHDOG_TIMEOUT=45\n')).toEqual(cut);
    expect(why(alone({ 'stonith-watchdog-timeout': '-1' }))).toEqual([]);
    expect(why(alone({ 'stonith-watchdog-timeout': '90s', 'stonith-timeout': '90s' }))).toEqual([]);
  });

  it.each(Object.entries(fencingSites))('is whole in what Holdfast writes for %s', (_, site) => {
    for (const watchdogWait of ['counted', 'uncounted'] as const) {
      const version = watchdogWait === 'counted' ? '3.17.4' : '3.16.1';
      const written = writeCib(compile(site, agents, { watchdogWait }).cluster.cib);
      expect(written).toContain('stonith-watchdog-timeout');
      expect(why(`<cib crm_feature_set="${version}">${written}</cib>`)).toEqual([]);
    }
    const asIfNewer = writeCib(compile(site, agents, { watchdogWait: 'counted' }).cluster.cib);
    const cut = why(`<cib crm_feature_set="3.16.1">${asIfNewer}</cib>`);
    expect(cut).toHaveLength(asIfNewer.includes('devices="watchdog"') ? 1 : 0);
  });
});
