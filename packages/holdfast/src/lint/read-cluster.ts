import { HoldfastError } from '../core/index.ts';
import { filesScript, type HostReport, readFiles, readReport, reportScript } from './inputs/host-report.ts';
import { type InputFile, readInputs } from './inputs/read-inputs.ts';

/** A machine on which a POSIX sh script can be run as root. */
export interface ClusterMachine {
  readonly name: string;
  run(script: string, options?: { readonly signal?: AbortSignal }): Promise<{ readonly stdout: string }>;
}

/**
 * The configuration of a running cluster: the files of each machine, the CIB of the first that has one, and what the machines
 * say of the units that the cluster manages. Changes nothing there. Throws what `run` throws, HF-LINT-INPUT where no machine
 * has a configuration, and what `readInputs` throws.
 */
export async function readCluster(
  machines: readonly ClusterMachine[],
  signal: AbortSignal,
): Promise<{ readonly files: readonly InputFile[]; readonly hosts: readonly HostReport[] }> {
  const outputs = await Promise.all(
    machines.map(async (machine) => readFiles(machine.name, (await machine.run(filesScript, { signal })).stdout)),
  );
  const all = outputs.flat();
  const [cib] = all.filter(isCib);
  const files = all.filter((file) => file === cib || !isCib(file));
  if (files.length === 0) {
    throw new HoldfastError({
      code: 'HF-LINT-INPUT',
      message: `${machines.map(({ name }) => name).join(', ')}: no cluster is configured there.`,
      remedy: 'Name machines that run Corosync or Pacemaker.',
      source: 'site',
    });
  }
  const script = reportScript(readInputs(files).cib);
  const hosts = await Promise.all(
    machines.map(async (machine) => readReport(machine.name, (await machine.run(script, { signal })).stdout)),
  );
  return { files, hosts };
}

function isCib({ name }: InputFile): boolean {
  return name.endsWith(':cib.xml');
}
