/** A candidate of etcd3's Election, as that package's documentation shows it: node etcd3-candidate.ts <endpoints> <key> <name> <ttl> */
import { Etcd3 } from 'etcd3';

const [endpoints = '', key = '', name = '', ttl = ''] = process.argv.slice(2);
const client = new Etcd3({ hosts: endpoints.split(',').map((each) => `http://${each}`) });
const election = client.election(key, Number(ttl));
process.once('SIGTERM', () => process.exit(0));
campaign();
sayWhomItFollows();

function campaign(): void {
  const running = election.campaign(name);
  let leads = false;
  running.on('elected', () => {
    leads = true;
    process.stdout.write(`pid=${process.pid}\n`);
  });
  running.on('error', (error: unknown) => {
    process.stderr.write(`elect: ${leads ? 'no longer leads ' : ''}${key}: ${error}\n`);
    if (leads) sayWhomItFollows();
    leads = false;
    running.resign().catch(() => undefined);
    // The documentation's example waits 5 s; nobody has to.
    setTimeout(campaign, 100);
  });
}

/** For the bench, which waits until everybody is in place: not part of the election. */
async function sayWhomItFollows(): Promise<void> {
  for (;;) {
    const leader = await election.leader().catch(() => undefined);
    if (leader === name) return;
    if (leader !== undefined) {
      process.stderr.write(`elect: ${leader} leads ${key}\n`);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
