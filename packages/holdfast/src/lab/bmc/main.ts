/** The process of the simulated BMC: `node main.js INSTANCE`, started by `holdfast lab up` inside the lab's namespace. */
import { closeSync, readFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:https';
import { text } from 'node:stream/consumers';
import { systemClock } from '../../core/index.ts';
import { baseAddress, bmcPort, labLayout } from '../layout.ts';
import { askToShutDown, cutPower, isOn, powerOn } from '../power.ts';
import { ensureBmcCertificate } from './certificate.ts';
import { readBmcAccounts } from './credentials.ts';
import { answerRedfish, type PowerControl } from './redfish.ts';

/** The starter waits on this descriptor for a line that says the BMC answers. */
const readyDescriptor = 3;

const layout = labLayout(process.argv[2]);
const accounts = await readBmcAccounts(layout.bmcDirectory);
const tls = await ensureBmcCertificate(layout.bmcDirectory);

const power: PowerControl = {
  isOn: (machine) => isOn(layout, machine),
  async on(machine) {
    await powerOn(layout, machine, systemClock);
  },
  // Whoever fences waits for the death, not for the tidying after it.
  off: (machine) =>
    new Promise((resolve, reject) => {
      cutPower(layout, machine, systemClock, resolve).then(() => {}, reject);
    }),
  shutDown: (machine) => askToShutDown(layout, machine),
};

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
    console.log(
      JSON.stringify({
        at: new Date().toISOString(),
        from: request.socket.remoteAddress,
        method: request.method,
        path,
        detail,
        status,
        tookMs: took,
      }),
    );
  },
);

server.listen(bmcPort, baseAddress('mgmt'), () => {
  try {
    writeSync(readyDescriptor, 'ready\n');
    closeSync(readyDescriptor);
  } catch {
    // Nobody waits.
  }
});
