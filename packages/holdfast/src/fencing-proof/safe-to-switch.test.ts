import { describe, expect, it } from 'vitest';
import { healthySnapshot, site, withNode, withoutMachine } from '../../test/observe/healthy-site.ts';
import { assess } from '../observe/index.ts';
import { nodeToSwitch, refuseUnlessSafe } from './safe-to-switch.ts';

const siteFile = 'site.yaml';

describe('A node that shall be switched off for a test', () => {
  it('is one of the site', () => {
    expect(nodeToSwitch(site, 'bravo').name).toBe('bravo');
    expect(() => nodeToSwitch(site, 'charlie')).toThrow('has no node charlie');
  });

  it('may be the passive one', () => {
    expect(() => refuseUnlessSafe(assess(healthySnapshot(), site), 'bravo', { active: false, siteFile })).not.toThrow();
  });

  it('is not the one that serves, unless that is said', () => {
    const healthy = assess(healthySnapshot(), site);
    expect(() => refuseUnlessSafe(healthy, 'alpha', { active: false, siteFile })).toThrow(
      'alpha is the node that serves',
    );
    expect(() => refuseUnlessSafe(healthy, 'alpha', { active: true, siteFile })).not.toThrow();
  });

  it('is not the one that serves while the other one cannot take over', () => {
    const drained = assess(withNode(healthySnapshot(), 'bravo', { standby: true }), site);
    expect(() => refuseUnlessSafe(drained, 'alpha', { active: true, siteFile })).toThrow('cannot move away from alpha');
  });

  it('is none while nobody knows who serves', () => {
    const lost = withoutMachine(withoutMachine(withoutMachine(healthySnapshot(), 'alpha'), 'bravo'), 'charlie');
    expect(() => refuseUnlessSafe(assess(lost, site), 'bravo', { active: false, siteFile })).toThrow('does not serve');
  });
});
