import { type Command, Option } from 'commander';
import type { Lab, LabMachine, LabStatus } from '../../lab/index.ts';
import { addExamples, type CliContext, describeJson } from '../context.ts';

const machineArgument = ['<node>', 'alpha, bravo or charlie'] as const;
/** Written here again so that `--help` need not load the lab; the type of `up` holds them to it. */
const releaseNames = ['bookworm', 'trixie'] as const;
const machineKinds = ['containers', 'vm'] as const;
const bmcKinds = ['redfish', 'ipmi'] as const;
const linkNames = 'plant, ring or mgmt';

interface UpOptions {
  readonly release?: (typeof releaseNames)[number];
  readonly machines?: (typeof machineKinds)[number];
  readonly bmc?: (typeof bmcKinds)[number];
}

/** `holdfast lab …`: a whole site on this computer, with hands for its power buttons and cables. */
export function register(program: Command, context: CliContext): void {
  const lab = program
    .command('lab')
    .helpCommand(false)
    .enablePositionalOptions()
    .description('a whole site on this computer (Linux; containers need root)');

  const statusShape =
    '{ up: boolean, release, machineKind, accelerator, site, machines: [{ name, power, address, unplugged }], bmcKind, bmc, sharedDisk, ledgerMissing }';

  const upVerb = lab
    .command('up')
    .description('make and start what is missing, and wait until every machine answers')
    .addOption(
      new Option(
        '--release <name>',
        'of Debian; bookworm has Pacemaker 2.1, trixie has 3.0 (default: bookworm)',
      ).choices([...releaseNames]),
    )
    .addOption(
      new Option(
        '--machines <kind>',
        'containers, or vm: virtual machines, true and slower (default: containers)',
      ).choices([...machineKinds]),
    )
    .addOption(
      new Option(
        '--bmc <protocol>',
        'that the nodes are fenced by; ipmi is OpenIPMI’s simulator (default: redfish)',
      ).choices([...bmcKinds]),
    )
    .action(async (options: UpOptions) => {
      const opened = await open();
      await opened.up(context.progress, { signal: context.signal, ...options });
      const status = await opened.status();
      context.print(`The lab is up. Its site file: ${status.site}`);
      context.printJson(status);
    });

  addExamples(
    upVerb,
    'sudo holdfast lab up',
    'sudo HOLDFAST_LAB=next holdfast lab up --release trixie',
    'sudo holdfast lab up --machines vm',
    'sudo holdfast lab up --bmc ipmi',
  );
  describeJson(upVerb, statusShape);

  const downVerb = lab
    .command('down')
    .description('take everything of the lab away')
    .option('--image', 'also the cached image, which takes minutes to build again')
    .action(async (options: { image?: boolean }) => {
      const { isClean, labLeftovers } = await import('../../lab/index.ts');
      await (await open()).down(context.progress, { image: options.image === true });
      const leftovers = labLeftovers();
      context.print(isClean(leftovers) ? 'Nothing of the lab is left.' : `Left: ${JSON.stringify(leftovers)}`);
      context.printJson({ clean: isClean(leftovers), leftovers });
      if (!isClean(leftovers)) {
        context.setExitCode(1);
      }
    });

  addExamples(downVerb, 'sudo holdfast lab down');
  describeJson(
    downVerb,
    '{ clean: boolean, leftovers: { processes, mounts, loopDevices, namespaces, controlGroups, directories } }',
  );

  const statusVerb = lab
    .command('status')
    .description('what is on, plugged in and running')
    .action(async () => {
      const status = await (await open()).status();
      context.print(statusTable(status));
      context.printJson(status);
    });

  addExamples(statusVerb, 'sudo holdfast lab status');
  describeJson(statusVerb, statusShape);

  const shellVerb = lab
    .command('shell')
    .description('a root shell on a machine, or one command there; ends with its exit code (255: ssh itself failed)')
    .argument(...machineArgument)
    .argument('[command...]', 'the command and its arguments')
    .passThroughOptions()
    .action(async (node: string, command: string[]) => {
      const { labShell } = await import('../../lab/index.ts');
      const opened = await open();
      context.passOnExitCode(await labShell(opened, opened.machine(node), command));
    });
  addExamples(shellVerb, 'sudo holdfast lab shell alpha', 'sudo holdfast lab shell alpha crm_mon -1');

  onMachine('cut', 'take the power away, as by the plug', 'atMs: number | null', async (machine) => {
    const { atMs } = await machine.cutPower();
    return { text: atMs === null ? `${machine.name} was off already.` : `${machine.name} is off.`, atMs };
  });
  onMachine('press-reset', 'take the power away and give it back', 'atMs: number | null', async (machine) => {
    const { atMs } = await machine.pressReset();
    return { text: `${machine.name} starts again.`, atMs };
  });
  onMachine('power-on', 'give a machine power', 'wasOff: boolean', async (machine) => {
    const wasOff = await machine.start();
    return { text: wasOff ? `${machine.name} starts.` : `${machine.name} was on already.`, wasOff };
  });
  onLink('unplug', 'pull the cable of a link', `${linkNames} (default: plant and ring)`, (machine, link) =>
    machine.unplug(link),
  );
  onLink('plug', 'put the cable of a link back', `${linkNames} (default: all)`, (machine, link) => machine.plug(link));

  type Act = (machine: LabMachine) => Promise<{ readonly text: string; readonly [more: string]: unknown }>;

  function onMachine(verb: string, description: string, ownShape: string, act: Act): void {
    const command = lab
      .command(verb)
      .description(description)
      .argument(...machineArgument)
      .action(async (node: string) => {
        const machine = (await open()).machine(node);
        const { text, ...more } = await act(machine);
        context.print(text);
        context.printJson({ machine: machine.name, power: machine.isOn() ? 'on' : 'off', ...more });
      });
    addExamples(command, `sudo holdfast lab ${verb} alpha`);
    describeJson(command, `{ machine: string, power: 'on' | 'off', ${ownShape} }`);
  }

  type MoveCable = (machine: LabMachine, link: string | undefined) => Promise<{ readonly atMs: number }>;

  function onLink(verb: string, description: string, links: string, act: MoveCable): void {
    const command = lab
      .command(verb)
      .description(description)
      .argument(...machineArgument)
      .argument('[link]', links)
      .action(async (node: string, link: string | undefined) => {
        const machine = (await open()).machine(node);
        const { atMs } = await act(machine, link);
        const unplugged = await machine.unplugged();
        context.print(
          unplugged.length === 0
            ? `Every cable of ${machine.name} is plugged in.`
            : `Unplugged at ${machine.name}: ${unplugged.join(', ')}.`,
        );
        context.printJson({ machine: machine.name, unplugged, atMs });
      });
    addExamples(command, `sudo holdfast lab ${verb} alpha`, `sudo holdfast lab ${verb} alpha ring`);
    describeJson(command, '{ machine: string, unplugged: string[], atMs: number }');
  }

  async function open(): Promise<Lab> {
    const { openLab } = await import('../../lab/index.ts');
    return openLab(undefined, context.clock);
  }
}

function describeMachines({ machineKind, accelerator }: LabStatus): string {
  if (machineKind !== 'vm') return 'containers';
  return accelerator === 'kvm' ? 'virtual machines' : 'emulated machines';
}

function statusTable(status: LabStatus): string {
  const machines = status.machines.map((machine) => {
    const cables = machine.unplugged.length > 0 ? `  unplugged: ${machine.unplugged.join(', ')}` : '';
    return `  ${machine.name.padEnd(8)} ${machine.power.padEnd(4)} ${machine.address}${cables}`;
  });
  return [
    status.up
      ? `The lab is up: ${describeMachines(status)}, on ${status.release}.`
      : 'The lab is not up, or not all of it.',
    ...machines,
    `  BMC      ${status.bmc}${status.bmcKind === null ? '' : `, speaks ${status.bmcKind === 'ipmi' ? 'IPMI' : 'Redfish'}`}`,
    `  disk     ${status.sharedDisk.behind ? `${status.sharedDisk.pathOnNodes} (${status.sharedDisk.behind})` : 'none'}`,
    ...(status.ledgerMissing ? [`  ledger   cannot run: ${status.ledgerMissing}`] : []),
    `  site     ${status.site}`,
  ].join('\n');
}
