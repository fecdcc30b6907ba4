/** How journalctl is asked for the last lines. */
export function journalOptions(lines: number): readonly string[] {
  return [`--lines=${lines}`, '--no-pager', '--quiet', '--output=short-iso-precise'];
}
