import { describe, expect, it } from 'vitest';
import { writeCib } from '../../engines/pacemaker/index.ts';
import { fencingSites } from '../../patterns/active-passive/fencing-sites.fixture.ts';
import { agents } from '../../patterns/active-passive/sites.fixture.ts';
import { compile } from '../../patterns/index.ts';
import { cib, given } from '../examples/configurations.fixture.ts';
import { examples } from '../examples/index.fixture.ts';
import { lint } from '../lint.ts';

const code = 'HF-LINT-SBD-WAIT-CUT';
const why = (text: string, ...more: readonly string[]) =>
  lint(given(text, ...more)).flatMap((found) => (found.rule === code ? [found.why] : []));

/** Bravo has a device of 60 s, then a watchdog of 10 s. */
const behind = examples[code]?.bad.files[0]?.text ?? '';

describe('The wait for a watchdog', () => {
  it('is cut where Pacemaker 2.1.5 comes to it after a device', () => {
    expect(behind).toContain('<fencing-level');
    expect(why(behind)).toEqual([
      'The fencing of bravo is given up after 72 s; the levels before its watchdog may take 72 s of them, and the watchdog is waited for 10 s.',
    ]);
  });

  it.each(['3.17.0', '3.20.0', '4.0.0', ''])('is counted by later versions (feature set %j)', (version) => {
    expect(why(behind.replace('crm_feature_set="3.16.1"', `crm_feature_set="${version}"`))).toEqual([]);
  });

  it('is cut by the timeouts of the devices themselves', () => {
    const level = (devices: string) => behind.replace('devices="watchdog"', `devices="${devices}"`);
    const brief = (text: string) =>
      text.replaceAll(
        'name="ip" value="10.0.9.1"/>',
        'name="ip" value="10.0.9.1"/><nvpair id="t" name="pcmk_reboot_timeout" value="5s"/>',
      );
    expect(why(brief(level('watchdog,fence-bravo')))).toEqual([
      'The fencing of bravo is given up after 12 s; the levels before its watchdog may take 6 s of them, and the watchdog is waited for 10 s.',
    ]);
    expect(why(brief(level('watchdog,fence-bravo,fence-bravo')))).toEqual([]);
  });

  it('is cut where a watchdog alone takes longer than 1.2 times stonith-timeout', () => {
    const alone = (properties: Readonly<Record<string, string>>) => cib({ fencing: '', properties });
    const cut = ['A fencing is given up after 72 s, 1.2 times stonith-timeout, and a watchdog is waited for 90 s.'];
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
