/** Where the demonstration speaks: lines that stay, and on a terminal one last line that changes. */
export interface Screen {
  /** What happened, with the time since the start. */
  event(text: string): void;
  /** Text without a time. */
  text(text: string): void;
  /** What one of the modules said. */
  quote(who: string, text: string): void;
  /** How it stands; shown on a terminal only. */
  status(text: string): void;
  /** Leaves the terminal as it was. */
  close(): void;
}

export function openScreen(output: NodeJS.WriteStream): Screen {
  const startedMs = performance.now();
  const live = output.isTTY;
  const [bold, dim, plain] = live ? ['\u001b[1m', '\u001b[2m', '\u001b[0m'] : ['', '', ''];
  let last = '';
  const seconds = () => `${((performance.now() - startedMs) / 1000).toFixed(2).padStart(7)} s  `;
  function write(line: string): void {
    if (!live) {
      output.write(`${line}\n`);
      return;
    }
    // Over the changing line, which then stands below.
    output.write(`\r\u001b[K${line}\n${last}`);
  }
  return {
    text: write,
    event: (text) => write(`${seconds()}${bold}${text}${plain}`),
    quote: (who, text) => write(`${seconds()}${dim}  ${who}: ${text}${plain}`),
    status(text) {
      if (!live) return;
      last = `${seconds()}${text}`.slice(0, (output.columns || 80) - 1);
      output.write(`\r\u001b[K${last}`);
    },
    close() {
      if (live && last !== '') output.write('\r\u001b[K');
      last = '';
    },
  };
}
