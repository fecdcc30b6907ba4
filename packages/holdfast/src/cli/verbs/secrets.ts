import type { Command } from 'commander';
import { HoldfastError, renderTable } from '../../core/index.ts';
import { addExamples, type CliContext, describeJson, siteArgument } from '../context.ts';

export function register(program: Command, context: CliContext): void {
  const secrets = program
    .command('secrets')
    .helpCommand(false)
    .description('keep the passwords and keys of a site in a file that age can read');
  const initVerb = secrets
    .command('init')
    .description('make the identity and the keys that can be made, and list what is still missing')
    .argument(...siteArgument)
    .action((siteFile: string) => init(siteFile, context));
  const setVerb = secrets
    .command('set')
    .description('set one secret; its value comes from standard input or is asked for')
    .argument(...siteArgument)
    .argument('<name>', 'the name of the secret, such as bmc-alpha')
    .allowExcessArguments(true)
    .action((siteFile: string, name: string, _options: unknown, command: Command) => {
      if (command.args.length > 2) throw valueOnCommandLine(siteFile, name);
      return set(siteFile, name, context);
    });
  const showVerb = secrets
    .command('show')
    .description('list the secrets and whether each is set; with a name, print its value')
    .argument(...siteArgument)
    .argument('[name]', 'print the value of this one')
    .option('--reveal', 'print the value even to a terminal')
    .action((siteFile: string, name: string | undefined, options: { readonly reveal?: true }) =>
      name === undefined ? list(siteFile, context) : show(siteFile, name, options.reveal === true, context),
    );
  addExamples(initVerb, 'holdfast secrets init site.yaml');
  addExamples(
    setVerb,
    'holdfast secrets set site.yaml bmc-alpha                    # asks, and does not show what is typed',
    'pass show plant/bmc-alpha | holdfast secrets set site.yaml bmc-alpha',
  );
  addExamples(
    showVerb,
    'holdfast secrets show site.yaml',
    'holdfast secrets show site.yaml bmc-alpha | wl-copy         # the value, not onto the terminal',
  );
  describeJson(
    initVerb,
    '{ identityPath: string, identityCreated: boolean, secretsPath: string,\n  generated: string[], missing: { name: string, kind: "key" | "phrase" | "password", purpose: string }[] }',
  );
  describeJson(setVerb, '{ set: string }');
  describeJson(
    showVerb,
    '{ secrets: { name: string, set: boolean, purpose: string }[] }\nor, with a name, { name: string, value: string }',
  );
}

async function init(siteFile: string, context: CliContext): Promise<void> {
  const site = await context.loadSite(siteFile);
  const { randomBytes } = await import('node:crypto');
  const { initSecrets } = await import('../../secrets/index.ts');
  const result = await initSecrets(siteFile, site, context.env, randomBytes);
  context.printJson(result);
  context.print(
    result.identityCreated
      ? `New identity: ${result.identityPath}\n  Keep a copy in a safe place: without it, nobody can open the secrets.`
      : `Identity: ${result.identityPath}`,
  );
  context.print(`Secrets:  ${result.secretsPath}`);
  for (const name of result.generated) context.print(`Made:     ${name}`);
  if (result.missing.length === 0) context.print('Nothing is missing.');
  else context.print('Missing, known only to you:');
  for (const { name, purpose } of result.missing) {
    context.print(`  holdfast secrets set ${siteFile} ${name}   # ${purpose}`);
  }
}

async function set(siteFile: string, name: string, context: CliContext): Promise<void> {
  const site = await context.loadSite(siteFile);
  const { requiredSecret, setSecret } = await import('../../secrets/index.ts');
  const { purpose } = requiredSecret(site, name);
  const value = await context.readSecret(`${name}, ${purpose} (not shown): `);
  await setSecret(siteFile, site, name, value, context.env);
  context.printJson({ set: name });
  context.print(`Set ${name}.`);
}

async function list(siteFile: string, context: CliContext): Promise<void> {
  const site = await context.loadSite(siteFile);
  const { openSecrets, requiredSecrets } = await import('../../secrets/index.ts');
  const { names } = await openSecrets(siteFile, context.env);
  const required = requiredSecrets(site);
  const entries = [
    ...required.map(({ name, purpose }) => ({ name, set: names.includes(name), purpose })),
    ...names
      .filter((name) => required.every((each) => each.name !== name))
      .map((name) => ({ name, set: true, purpose: 'nothing in this site uses it' })),
  ];
  context.printJson({ secrets: entries });
  const columns = [{ title: 'Name' }, { title: 'Set' }, { title: 'For' }];
  const rows = entries.map((entry) => [
    entry.name,
    entry.set ? context.style('green', 'yes') : context.style('red', 'no'),
    entry.purpose,
  ]);
  context.print(renderTable(columns, rows, context.columns));
}

async function show(siteFile: string, name: string, reveal: boolean, context: CliContext): Promise<void> {
  if (context.terminal && !reveal) {
    throw new HoldfastError({
      code: 'HF-SECRETS-TERMINAL',
      message: `The value of \`${name}\` would stand on this terminal, for whoever looks on or scrolls back.`,
      remedy: 'Send the output to a program or a file, or add --reveal.',
      source: 'user',
    });
  }
  const { openSecrets } = await import('../../secrets/index.ts');
  const value = (await openSecrets(siteFile, context.env)).get(name);
  context.printJson({ name, value });
  context.print(value);
}

function valueOnCommandLine(siteFile: string, name: string): HoldfastError {
  return new HoldfastError({
    code: 'HF-SECRETS-ARGUMENT',
    message:
      'A secret is never given as an argument: every user of this computer can read it in the list of processes, and the shell keeps it in its history.',
    remedy: `Run \`holdfast secrets set ${siteFile} ${name}\` and type it, or give it on standard input; if it is a real one, change it.`,
    source: 'user',
  });
}
