import { proposeCib } from '../engines/pacemaker/index.ts';
import { compile } from '../patterns/index.ts';
import type { Site } from '../site/index.ts';
import type { AgentTexts } from '../workloads/index.ts';
import { type InputFile, kindOf } from './inputs/read-inputs.ts';

/** What becomes of a site file, as lint reads it: the CIB of a cluster that has just come up, and its first node's files. */
export function compiledFiles(site: Site, agents: AgentTexts): readonly InputFile[] {
  const { cluster, hosts } = compile(site, agents);
  const [node] = hosts;
  const files = (node?.files ?? []).flatMap(({ path, content }) =>
    content.kind === 'text' && /^\/etc\/(corosync|drbd\.d|default)\//.test(path) && kindOf(content.text) !== undefined
      ? [{ name: `compiled:${path}`, text: content.text }]
      : [],
  );
  return [{ name: 'compiled:cib.xml', text: proposeCib(undefined, cluster.cib, cluster.members) }, ...files];
}
