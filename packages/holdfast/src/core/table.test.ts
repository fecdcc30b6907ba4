import { describe, expect, it } from 'vitest';
import { renderTable } from './index.ts';

const columns = [{ title: 'Fault' }, { title: 'RTO', align: 'right' }, { title: 'Why' }] as const;

describe('renderTable', () => {
  it('puts numbers to the right and text to the left, without trailing spaces', () => {
    expect(
      renderTable(columns, [
        ['power-cut', '3.5 s', ''],
        ['move', '12.0 s', 'slow stop'],
      ]),
    ).toBe(['Fault         RTO  Why', 'power-cut   3.5 s', 'move       12.0 s  slow stop'].join('\n'));
  });

  it('counts colours as no width', () => {
    const red = '\u001b[31mred\u001b[39m';
    expect(renderTable([{ title: 'A' }, { title: 'B' }], [[red, 'x']])).toBe(`A    B\n${red}  x`);
  });

  it('breaks the widest text column between words where the lines would be too long', () => {
    const table = renderTable(
      columns,
      [['power-cut', '3.5 s', 'the node was fenced before the other one started']],
      40,
    );
    expect(table.split('\n').every((line) => line.length <= 40)).toBe(true);
    expect(table).toContain('\n                  ');
  });

  it('shows the titles of a table without rows', () => {
    expect(renderTable(columns, [])).toBe('Fault  RTO  Why');
  });
});
