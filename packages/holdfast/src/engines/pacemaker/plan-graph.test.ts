import { describe, expect, it } from 'vitest';
import { parseXml } from './parse-xml.ts';
import { carriedOut } from './plan-graph.ts';

/** As `crm_simulate --save-graph` writes it: each synapse an action, and what it waits for. */
const graph = parseXml(`<transition_graph>
${synapse('<rsc_op id="3" operation="start" on_node="bravo"><primitive id="address"/></rsc_op>', 2)}
${synapse('<rsc_op id="2" operation="start" on_node="bravo"><primitive id="state"/></rsc_op>', 1, 5)}
${synapse('<crm_event id="1" operation="stonith" on_node="alpha"/>')}
${synapse('<pseudo_event id="5" operation="stop"/>', 1)}
${synapse('<rsc_op id="6" operation="stop" on_node="bravo"><primitive id="other"/></rsc_op>')}
${synapse('<rsc_op id="7" operation="monitor" on_node="bravo"><primitive id="other"/></rsc_op>', 6)}
</transition_graph>`);

describe('A plan in which a node cannot be fenced', () => {
  it('comes to what does not wait for it, directly or through another action', () => {
    expect(carriedOut(graph, 'alpha')).toEqual([{ kind: 'stop', resource: 'other', node: 'bravo' }]);
  });

  it('comes to everything, in an order that the graph allows, when it is another node', () => {
    const done = carriedOut(graph, 'charlie').map(({ kind, resource }) => `${kind} ${resource}`);
    expect(done.toSorted()).toEqual(['start address', 'start state', 'stop other']);
    expect(done.indexOf('start state')).toBeLessThan(done.indexOf('start address'));
  });
});

function synapse(action: string, ...inputs: readonly number[]): string {
  const triggers = inputs.map((id) => `<trigger><rsc_op id="${id}"/></trigger>`).join('');
  return `<synapse><action_set>${action}</action_set><inputs>${triggers}</inputs></synapse>`;
}
