/** Turns the lines of `mmdebstrap --verbose` into short sentences for a progress display. Null: nothing new to say. */
export function buildProgress(): (line: string) => string | null {
  let packagesTotal = 0;
  let downloaded = 0;
  let configured = 0;
  return (line) => {
    const planned = /(\d+) newly installed/.exec(line);
    if (planned?.[1]) {
      packagesTotal += Number(planned[1]);
      return `${packagesTotal} packages to install`;
    }
    if (/^Get:\d+ \S+ \S+ .*\.deb|^Get:\d+ .* \[[\d.,]+ [kM]?B\]$/.test(line)) {
      downloaded += 1;
      return downloaded % 10 === 0 ? `downloaded ${downloaded} files` : null;
    }
    if (line.startsWith('Setting up ')) {
      configured += 1;
      return configured % 10 === 0
        ? `configured ${configured} of ${Math.max(packagesTotal, configured)} packages`
        : null;
    }
    const stage = /^I: (.+?)\.*$/.exec(line);
    return stage?.[1] ?? null;
  };
}
