import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { hostCommand } from '../host-command.ts';
import { baseAddress } from '../layout.ts';

export interface BmcCertificate {
  readonly caFile: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** Makes, once, a certificate authority of the lab's own and the BMC's certificate for its address (a subject alternative name). */
export async function ensureBmcCertificate(directory: string): Promise<BmcCertificate> {
  const tls = `${directory}/tls`;
  if (!existsSync(tls)) {
    const beside = `${tls}.new`;
    await rm(beside, { recursive: true, force: true });
    await mkdir(beside, { recursive: true, mode: 0o700 });
    await writeFile(
      `${beside}/extensions`,
      `subjectAltName=IP:${baseAddress('mgmt')}\nbasicConstraints=critical,CA:FALSE\n`,
    );
    const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'];
    const ca = ['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign'];
    const out = (name: string) => ['-keyout', `${beside}/${name}.key`, '-out', `${beside}/${name}`];
    await hostCommand('openssl', [
      'req',
      '-x509',
      ...newKey,
      '-days',
      '3650',
      '-subj',
      '/CN=Holdfast lab CA',
      ...ca,
      ...out('ca.pem'),
    ]);
    await hostCommand('openssl', ['req', ...newKey, '-subj', '/CN=Holdfast lab BMC', ...out('bmc.csr')]);
    await hostCommand('openssl', [
      ...['x509', '-req', '-in', `${beside}/bmc.csr`, '-CA', `${beside}/ca.pem`, '-CAkey', `${beside}/ca.pem.key`],
      ...['-CAcreateserial', '-days', '3650', '-extfile', `${beside}/extensions`, '-out', `${beside}/bmc.pem`],
    ]);
    await rename(beside, tls);
  }
  return { caFile: `${tls}/ca.pem`, certificateFile: `${tls}/bmc.pem`, keyFile: `${tls}/bmc.csr.key` };
}
