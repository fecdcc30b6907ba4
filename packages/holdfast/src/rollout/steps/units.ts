import { type Host, quoteForShell } from '../../hosts/index.ts';
import { runScript } from './run-script.ts';

const unitTimeoutMs = 180_000;

/** `systemctl VERB UNIT`. A unit that does not exist is already disabled and stopped. */
export async function changeUnit(
  host: Host,
  verb: 'enable' | 'disable' | 'start' | 'stop',
  unit: string,
): Promise<void> {
  const name = quoteForShell(unit);
  const skip =
    verb === 'disable' || verb === 'stop'
      ? `[ "$(systemctl show --property=LoadState --value -- ${name})" != not-found ] || exit 0; `
      : '';
  await runScript(host, `${verb} ${unit} on ${host.name}`, `${skip}systemctl --quiet ${verb} -- ${name}`, {
    timeoutMs: unitTimeoutMs,
  });
}

export async function reloadUnits(host: Host): Promise<void> {
  await runScript(host, `let systemd read its units again on ${host.name}`, 'systemctl daemon-reload');
}

export async function updateCertificates(host: Host): Promise<void> {
  await runScript(host, `update the certificate store on ${host.name}`, 'update-ca-certificates --fresh >/dev/null');
}
