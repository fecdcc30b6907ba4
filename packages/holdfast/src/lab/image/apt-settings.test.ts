import { describe, expect, it } from 'vitest';
import { downloadOptions, namesRelease, sourcesFromOtherRelease } from './apt-settings.ts';

describe('The package sources of this computer', () => {
  it.each([
    ['deb http://packages.example/debian bookworm main', true],
    ['deb [signed-by=/usr/share/keyrings/x.gpg] http://mirror.plant.example/debian bookworm main contrib', true],
    ['Types: deb\nURIs: http://mirror.plant.example/debian\nSuites: bookworm bookworm-updates\nComponents: main', true],
    ['deb http://packages.example/debian trixie main', false],
    ['deb http://packages.example/debian bookworm-backports main', false],
    ['# deb http://packages.example/debian bookworm main', false],
    ['Types: deb\n# bookworm\nSuites: nodistro', false],
    ['', false],
  ])('are used for the image when they name its release: %j', (text, expected) => {
    expect(namesRelease(text, 'bookworm')).toBe(expected);
  });

  it('are those of another release, for a release they do not name', () => {
    const oneLine =
      'deb http://tools.example/apt tools main\ndeb [arch=amd64] http://mirror.plant.example/debian bookworm main';
    const deb822 = `Types: deb
# http://snapshot.example/debian
URIs: http://mirror.plant.example/debian
Suites: bookworm bookworm-updates

Types: deb
URIs: http://mirror.plant.example/debian-security
Suites: bookworm-security`;
    const line = 'deb http://mirror.plant.example/debian trixie main';
    expect(sourcesFromOtherRelease([oneLine], 'trixie')).toEqual([line]);
    expect(sourcesFromOtherRelease(['', deb822], 'trixie')).toEqual([line]);
    expect(sourcesFromOtherRelease(['deb http://tools.example/apt tools main'], 'trixie')).toEqual([]);
  });

  it('bring along how to download, and nothing that belongs to the apt of this computer', () => {
    const dump = [
      'APT::Architecture "amd64";',
      'Acquire "";',
      'Acquire::http "";',
      'Acquire::http::Proxy "http://proxy.plant.example:3128";',
      'Acquire::https::Proxy::repo.plant.example "DIRECT";',
      'Acquire::Check-Valid-Until "false";',
      'Acquire::Retries "3";',
      'Acquire::IndexTargets::deb::Packages::MetaKey "$(COMPONENT)/binary-$(ARCHITECTURE)/Packages";',
      'Acquire::cdrom::mount "/media/cdrom/";',
    ];
    expect(downloadOptions(dump.join('\n'))).toEqual([dump[3], dump[4], dump[5], dump[6]]);
  });
});
