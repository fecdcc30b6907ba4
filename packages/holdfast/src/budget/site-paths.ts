import type { SiteNode, Workload } from '../site/index.ts';

/** Where a device stands in the site file, as the errors of the file write it: `nodes[0].fencing[1]`. Level and place count from 0. */
export function devicePath(nodes: readonly SiteNode[], node: string, level: number, place: number): string {
  const index = nodes.findIndex(({ name }) => name === node);
  const levels = nodes[index]?.fencing?.levels ?? [];
  const fencing = fencingPath(nodes, node);
  // One device alone needs no list.
  if (levels.flat().length <= 1) return fencing;
  return levels[level]?.length === 1 ? `${fencing}[${level}]` : `${fencing}[${level}][${place}]`;
}

export function fencingPath(nodes: readonly SiteNode[], node: string): string {
  return `nodes[${nodes.findIndex(({ name }) => name === node)}].fencing`;
}

export function workloadPath(workloads: readonly Workload[], workload: string): string {
  return `workloads[${workloads.findIndex(({ name }) => name === workload)}]`;
}
