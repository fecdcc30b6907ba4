import { describe, expect, it } from 'vitest';
import { labLayout, machineNames } from './layout.ts';

describe('The layout of a lab', () => {
  it('gives two labs nothing in common', () => {
    const names = (instance: string) => {
      const layout = labLayout(instance);
      return [
        layout.directory,
        layout.lockFile,
        layout.baseNamespace,
        layout.controlGroup,
        ...machineNames.flatMap((machine) => [layout.machineDirectory(machine), layout.machineNamespace(machine)]),
      ];
    };
    const first = names('lab');
    expect(names('two').filter((name) => first.includes(name))).toEqual([]);
  });

  it.each([['../etc'], ['a b'], ['Lab'], ['-x'], ['a'.repeat(17)]])('refuses %j as the name of a lab', (instance) => {
    expect(() => labLayout(instance)).toThrow(expect.objectContaining({ code: 'HF-LAB-INSTANCE' }));
  });
});
