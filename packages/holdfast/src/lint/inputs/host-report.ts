import { shellQuote } from '../../core/index.ts';
import type { CibView } from './cib-view.ts';
import type { InputFile } from './read-inputs.ts';

/** What a running machine says besides its files. */
export interface HostReport {
  readonly name: string;
  readonly units: readonly UnitReport[];
  /** The watchdog that sbd is told to use, and whether there is such a device. */
  readonly watchdog?: { readonly path: string; readonly present: boolean };
}

export interface UnitReport {
  readonly unit: string;
  /** As systemctl says it: `enabled`, `disabled`, `static`, … Empty where the machine has no such unit. */
  readonly fileState: string;
  readonly activeState: string;
  readonly restart: string;
  /** What systemd does to the whole machine when the unit ends, fails or fails too often; `none` in sound ones. */
  readonly machineActions: readonly string[];
  /** Of the unit's whole text, drop-ins included. */
  readonly textDigest: string;
}

/** Prints every file that lint reads, and the CIB where the cluster runs: a line `<path> <base64>` each. */
export const filesScript = `export LC_ALL=C PATH=/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin
show() { printf '%s ' "$1"; base64 -w0 <"$2"; echo; }
for file in /etc/corosync/corosync.conf /etc/drbd.d/global_common.conf /etc/drbd.d/*.res /etc/default/sbd; do
  if [ -f "$file" ]; then show "$file" "$file"; fi
done
cib=$(mktemp) || exit 1
trap 'rm -f "$cib"' EXIT
if timeout -k 1 20 cibadmin --query >"$cib" 2>/dev/null || cat /var/lib/pacemaker/cib/cib.xml >"$cib" 2>/dev/null; then show cib.xml "$cib"; fi
exit 0
`;

/** The files of `filesScript`'s output, named `machine:path`. */
export function readFiles(machine: string, output: string): InputFile[] {
  return output.split('\n').flatMap((line) => {
    const [, path, content] = /^(\S+) (\S*)$/.exec(line) ?? [];
    if (path === undefined || content === undefined) return [];
    return [{ name: `${machine}:${path}`, host: machine, text: Buffer.from(content, 'base64').toString('utf8') }];
  });
}

const clusterUnits = ['corosync.service', 'pacemaker.service', 'sbd.service'];

/** Every unit that the cluster starts and stops, by its full name. */
export function clusterManagedUnits(cib: CibView | undefined): readonly string[] {
  const named = (cib?.primitives ?? []).flatMap((primitive) => {
    if (primitive.class === 'systemd')
      return [/\.[a-z]+$/.test(primitive.type) ? primitive.type : `${primitive.type}.service`];
    return primitive.agent === 'ocf:holdfast:workload' ? (primitive.parameters.get('unit')?.value ?? []) : [];
  });
  return [...new Set(named)];
}

/** Asks for the cluster's own units, those it manages, and the watchdog of sbd. */
export function reportScript(cib: CibView | undefined): string {
  const units = [...clusterUnits, ...clusterManagedUnits(cib)].map(shellQuote).join(' ');
  return `export LC_ALL=C PATH=/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin
for unit in ${units}; do
  echo "unit $unit"
  systemctl show -p UnitFileState,ActiveState,Restart,FailureAction,SuccessAction,StartLimitAction,JobTimeoutAction -- "$unit"
  echo "digest=$(systemctl cat -- "$unit" 2>/dev/null | sha256sum | cut -d ' ' -f 1)"
done
if [ -f /etc/default/sbd ]; then
  SBD_WATCHDOG_DEV=/dev/watchdog
  . /etc/default/sbd
  if [ -c "$SBD_WATCHDOG_DEV" ]; then echo "watchdog present $SBD_WATCHDOG_DEV"; else echo "watchdog absent $SBD_WATCHDOG_DEV"; fi
fi
exit 0
`;
}

export function readReport(machine: string, output: string): HostReport {
  const blocks = output.split(/^unit /m).slice(1);
  const [, presence, path] = /^watchdog (present|absent) (.*)$/m.exec(output) ?? [];
  return {
    name: machine,
    units: blocks.map(readUnit),
    ...(path === undefined ? {} : { watchdog: { path, present: presence === 'present' } }),
  };
}

function readUnit(block: string): UnitReport {
  const [unit = '', ...lines] = block.split('\n');
  const values = new Map(
    lines.flatMap((line): [string, string][] => {
      const equals = line.indexOf('=');
      return equals < 0 ? [] : [[line.slice(0, equals), line.slice(equals + 1)]];
    }),
  );
  const actions = ['FailureAction', 'SuccessAction', 'StartLimitAction', 'JobTimeoutAction'];
  return {
    unit,
    fileState: values.get('UnitFileState') ?? '',
    activeState: values.get('ActiveState') ?? '',
    restart: values.get('Restart') ?? '',
    machineActions: actions.flatMap((action) => {
      const value = values.get(action) ?? '';
      return value === '' || value === 'none' ? [] : [`${action}=${value}`];
    }),
    textDigest: values.get('digest') ?? '',
  };
}
