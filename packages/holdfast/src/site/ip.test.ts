import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIp, reservedRole, sameIp, sameNetwork } from './ip.ts';

function ip(text: string) {
  const parsed = parseIp(text);
  if (parsed === undefined) throw new Error(`${text} is no address`);
  return parsed;
}

describe('IP addresses', () => {
  it('are equal however they are written', () => {
    expect(sameIp(ip('fd00:0:0::0:1'), ip('FD00::1'))).toBe(true);
    expect(sameIp(ip('::ffff:10.0.0.1'), ip('::ffff:a00:1'))).toBe(true);
    expect(sameIp(ip('10.0.0.1'), ip('::a00:1'))).toBe(false);
  });

  it('agree with the platform’s own parser of IPv6', () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        const groups = new URL(`http://[${text}]/`).hostname;
        expect(sameIp(ip(text), ip(groups.slice(1, -1)))).toBe(true);
      }),
    );
  });

  it('lie in a network or not', () => {
    expect(sameNetwork(ip('10.77.1.11'), ip('10.77.1.100'), 24)).toBe(true);
    expect(sameNetwork(ip('10.77.1.11'), ip('10.77.2.11'), 24)).toBe(false);
    expect(sameNetwork(ip('fd00:1::1'), ip('fd00:1::ffff'), 64)).toBe(true);
  });

  it('can be the network’s own or its broadcast address, except in networks of two', () => {
    expect(reservedRole(ip('10.77.1.0'), 24)).toBe('network');
    expect(reservedRole(ip('10.77.1.255'), 24)).toBe('broadcast');
    expect(reservedRole(ip('10.77.1.255'), 16)).toBeUndefined();
    expect(reservedRole(ip('10.77.1.0'), 31)).toBeUndefined();
    expect(reservedRole(ip('fd00::'), 64)).toBe('network');
    expect(reservedRole(ip('fd00::ffff:ffff:ffff:ffff'), 64)).toBeUndefined();
  });

  it.each(['010.0.0.1', '10.0.0.1.', '10.0.0', 'fe80::1%eth0', '', '::1::'])('are not %j', (text) => {
    expect(parseIp(text)).toBeUndefined();
  });
});
