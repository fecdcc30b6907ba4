import { describe, expect, it } from 'vitest';
import { concernsRootlessLab } from './rootless.ts';

describe.skipIf(process.platform !== 'linux')("The namespaces of an ordinary user's lab", () => {
  it.each<[string, boolean]>([
    ['lab up --machines vm', true],
    ['lab up --machines=vm --release trixie', true],
    ['lab up', false],
    ['lab up --machines containers', false],
    ['lab down', false],
    ['status site.yaml', false],
  ])('are made for `holdfast %s`: %s', (line, isMade) => {
    expect(concernsRootlessLab(line.split(' '), false)).toBe(isMade);
  });

  it('are never made for root, who needs none', () => {
    expect(concernsRootlessLab(['lab', 'up', '--machines', 'vm'], true)).toBe(false);
  });
});
