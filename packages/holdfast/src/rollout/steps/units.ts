import { shellQuote } from '../../core/index.ts';
import type { Host } from '../../hosts/index.ts';
import { runScript } from './run-script.ts';

const unitTimeoutMs = 180_000;

/** `systemctl VERB UNIT…`, in one call, as systemd reads all units again after each. */
export async function changeUnits(
  host: Host,
  verb: 'enable' | 'disable' | 'start' | 'stop',
  units: readonly string[],
): Promise<void> {
  const names = units.map(shellQuote).join(' ');
  await runScript(host, `${verb} ${units.join(', ')} on ${host.name}`, `systemctl --quiet ${verb} -- ${names}`, {
    timeoutMs: unitTimeoutMs,
  });
}

export async function reloadUnits(host: Host): Promise<void> {
  await runScript(host, `let systemd read its units again on ${host.name}`, 'systemctl daemon-reload');
}

/** After a removal everything is linked anew: a plain run leaves the links of certificates that are gone. */
export async function updateCertificates(host: Host, after: 'write' | 'removal'): Promise<void> {
  const script = `update-ca-certificates ${after === 'removal' ? '--fresh ' : ''}>/dev/null`;
  await runScript(host, `update the certificate store on ${host.name}`, script);
}
