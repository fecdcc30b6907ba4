import { renderTable } from '../core/index.ts';
import type { ListedDevice, PowerProof, StatusProof } from './types.ts';

/** How a text is coloured on a terminal. */
export interface ProofStyle {
  readonly columns: number;
  paint(format: 'red' | 'green' | 'yellow', text: string): string;
}

export function renderDevices(devices: readonly ListedDevice[], { columns, paint }: ProofStyle): string {
  return renderTable(
    [
      { title: 'Node' },
      { title: 'Level', align: 'right' },
      { title: 'Device' },
      { title: 'Kind' },
      { title: 'At' },
      { title: 'Given up after', align: 'right' },
      { title: 'Confirms a loss of power' },
    ],
    devices.map(({ node, level, device, kind, at, timeoutSeconds, confirmsPowerLoss }) => [
      node,
      String(level),
      device,
      kind,
      at,
      kind === 'watchdog' ? `waits ${timeoutSeconds} s` : `${timeoutSeconds} s`,
      confirmsPowerLoss ? 'yes' : paint('yellow', 'no: dark with its node'),
    ]),
    columns,
  );
}

const colours = { works: 'green', fails: 'red', silent: 'red', 'not-asked': 'yellow' } as const;
const words = { works: 'works', fails: 'FAILS', silent: 'SILENT', 'not-asked': 'not asked' } as const;

export function renderStatusProofs(proofs: readonly StatusProof[], { columns, paint }: ProofStyle): string {
  return renderTable(
    [
      { title: 'Node' },
      { title: 'Device' },
      { title: 'Asked from' },
      { title: '' },
      { title: 'Seconds', align: 'right' },
      { title: 'It said' },
    ],
    proofs.map(({ node, device, askedFrom, outcome, seconds, said }) => [
      node,
      device,
      askedFrom,
      paint(colours[outcome], words[outcome]),
      shown(seconds),
      said,
    ]),
    columns,
  );
}

export function renderPowerProofs(proofs: readonly PowerProof[], { columns, paint }: ProofStyle): string {
  return renderTable(
    [
      { title: 'Node' },
      { title: 'Level', align: 'right' },
      { title: 'Devices' },
      { title: '' },
      { title: 'Off', align: 'right' },
      { title: 'Gone', align: 'right' },
      { title: 'Back', align: 'right' },
      { title: 'What happened' },
    ],
    proofs.map(({ node, level, devices, outcome, offSeconds, goneSeconds, backSeconds, said }) => [
      node,
      String(level),
      devices.join(', '),
      paint(colours[outcome], words[outcome]),
      shown(offSeconds),
      shown(goneSeconds),
      shown(backSeconds),
      said,
    ]),
    columns,
  );
}

function shown(seconds: number | null): string {
  return seconds === null ? '–' : seconds.toFixed(2);
}
