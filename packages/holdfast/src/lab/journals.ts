import { execa } from 'execa';
import { type LabLayout, machineNames } from './layout.ts';
import { overlayDirectories } from './machine-files.ts';

/** The last lines of every machine's journal, read from its disk, so that it answers for machines that are off too. */
export async function readJournals(layout: LabLayout, lines: number): Promise<string> {
  const texts = await Promise.all(
    machineNames.map(async (machine) => {
      const directory = `${overlayDirectories(layout, machine).upper}/var/log/journal`;
      const options = [
        `--directory=${directory}`,
        `--lines=${lines}`,
        '--no-pager',
        '--quiet',
        '--output=short-iso-precise',
      ];
      const { stdout, stderr } = await execa('journalctl', options, { reject: false, stdin: 'ignore' });
      return `--- ${machine} ---\n${stdout || stderr}`;
    }),
  );
  return texts.join('\n');
}
