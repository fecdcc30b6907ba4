// What the scheduler would do about every fault and every pair of faults of a site, several times, and how long that takes here.
// No machine is asked: the site is taken as one that is about to be built. Needs crm_simulate (Debian: pacemaker-cli-utils).
//
//   node bench/what-if/main.ts packages/holdfast/src/site/golden/press-line.yaml [--repeat 5] [--limit 10]
//
// Exit code 1 when the middle one took longer than the limit, in seconds.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import {
  allFaults,
  promotableIn,
  proposeCib,
  readSimulation,
  simulationScript,
} from '../../packages/holdfast/src/engines/pacemaker/index.ts';
import { compile } from '../../packages/holdfast/src/patterns/index.ts';
import { whatCanFail } from '../../packages/holdfast/src/rollout/what-can-fail.ts';
import { parseSite } from '../../packages/holdfast/src/site/index.ts';
import { loadAgentTexts } from '../../packages/holdfast/src/workloads/index.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { repeat: { type: 'string', default: '5' }, limit: { type: 'string', default: '10' } },
});
const [siteFile] = positionals;
if (siteFile === undefined) throw new Error('Name a site file.');

// No certificate is needed to ask the scheduler.
const readFile = () => '-----BEGIN CERTIFICATE-----';
const site = parseSite(readFileSync(siteFile, 'utf8'), { file: siteFile, readFile });
const { cluster } = compile(site, await loadAgentTexts());
const { cib, members } = cluster;
const scenarios = allFaults(cib, whatCanFail(cluster));
const script = `PATH=$PATH:/usr/sbin:/sbin\n${simulationScript(scenarios, members, promotableIn(cib))}`;
const input = proposeCib(undefined, cib, members);

const seconds = Array.from({ length: Number(values.repeat) }, () => {
  const startedAt = performance.now();
  const { stdout } = spawnSync('sh', ['-c', script], { input, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
  readSimulation(stdout, scenarios);
  return (performance.now() - startedAt) / 1000;
}).toSorted((a, b) => a - b);

const singles = scenarios.filter(({ faults }) => faults.length === 1).length;
console.log(
  `${members.length} members, ${singles} single faults, ${scenarios.length - singles} pairs, ${cpus().length} processors`,
);
const median = seconds[seconds.length >> 1] ?? Number.POSITIVE_INFINITY;
console.log(`seconds: ${seconds.map((each) => each.toFixed(2)).join(', ')}; median ${median.toFixed(2)}`);
if (!(median <= Number(values.limit))) process.exitCode = 1;
