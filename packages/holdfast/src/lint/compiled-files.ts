import { proposeCib } from '../engines/pacemaker/index.ts';
import { compile, type FileContent } from '../patterns/index.ts';
import type { Site } from '../site/index.ts';
import type { AgentTexts } from '../workloads/index.ts';
import { type InputFile, kindOf } from './inputs/read-inputs.ts';

/** What the names of files begin with that exist only in memory: what becomes of a site file. */
export const compiledFolder = 'compiled/';

/** What becomes of a site file, as lint reads it: the CIB of a cluster that has just come up, and its first node's files. */
export function compiledFiles(site: Site, agents: AgentTexts): readonly InputFile[] {
  const { cluster, hosts } = compile(site, agents);
  const [node] = hosts;
  const files = (node?.files ?? []).flatMap(({ path, content }) => {
    const text = textOf(content);
    const judged = /^\/etc\/(corosync|drbd\.d|default)\//.test(path) && kindOf(text) !== undefined;
    return judged ? [{ name: `${compiledFolder}${path.slice(1)}`, text }] : [];
  });
  return [{ name: `${compiledFolder}cib.xml`, text: proposeCib(undefined, cluster.cib, cluster.members) }, ...files];
}

/** A word takes the place of a secret: that there is one is all that lint asks. */
function textOf(content: FileContent): string {
  if (content.kind === 'text') return content.text;
  const { before = '', after = '' } = content.around ?? {};
  return `${before}secret${after}`;
}
