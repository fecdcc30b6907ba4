/**
 * The process of the simulated BMC: `node main.js INSTANCE`, started by `holdfast lab up` inside the lab's namespace. It speaks Redfish
 * itself, and switches for the simulators of IPMI.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { text } from 'node:stream/consumers';
import { baseAddress, bmcPort, labLayout, powerSocket } from '../layout.ts';
import { ensureBmcCertificate } from './certificate.ts';
import { readBmcAccounts } from './credentials.ts';
import { listenForChassis } from './ipmi/chassis-socket.ts';
import { labPower } from './power-control.ts';
import { answerRedfish } from './redfish.ts';

const layout = labLayout(process.argv[2]);
const accounts = await readBmcAccounts(layout.bmcDirectory);
const tls = await ensureBmcCertificate(layout.bmcDirectory);

const power = labPower(layout);

await listenForChassis(powerSocket(layout), power, log);

const server = createServer(
  { cert: readFileSync(tls.certificateFile), key: readFileSync(tls.keyFile) },
  async (request, response) => {
    const startedAt = performance.now();
    const path = new URL(request.url ?? '/', 'https://bmc').pathname;
    let status = 500;
    let body: object | null = null;
    let detail = '';
    try {
      const content = await text(request);
      detail = content;
      const { authorization } = request.headers;
      const method = request.method ?? 'GET';
      ({ status, body } = await answerRedfish(
        { method, path, body: content, ...(authorization ? { authorization } : {}) },
        accounts,
        power,
      ));
    } catch (error) {
      detail = error instanceof Error ? error.message : String(error);
      body = { error: { code: 'Base.1.8.InternalError', message: detail } };
    }
    const json = body === null ? '' : JSON.stringify(body);
    response.writeHead(status, {
      ...(body === null ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) }),
      ...(status === 401 ? { 'www-authenticate': 'Basic realm="Holdfast lab BMC"' } : {}),
      'odata-version': '4.0',
    });
    response.end(json);
    const took = Math.round(performance.now() - startedAt);
    log({ from: request.socket.remoteAddress, method: request.method, path, detail, status, tookMs: took });
  },
);

// Last: whoever started this process waits for the port.
server.listen(bmcPort, baseAddress('mgmt'));

function log(request: object): void {
  console.log(JSON.stringify({ at: new Date().toISOString(), ...request }));
}
