import { child, type XmlElement } from './xml.ts';

/** An action on a resource that a plan comes to. */
interface PlannedAction {
  readonly kind: 'start' | 'stop' | 'promote' | 'demote';
  readonly resource: string;
  readonly node: string;
}

/**
 * The actions on resources, in an order that the scheduler's own graph allows, that happen where no fencing of `node` succeeds:
 * those that wait for it, directly or through others, are left out. What is planned *instead of* a stop on that node (a pseudo
 * event) waits for it as well. Source: the transition graph of lib/pacemaker/pcmk_graph_producer.c, `create_graph_synapse`.
 */
export function carriedOut(graph: XmlElement, node: string): PlannedAction[] {
  const waiting = new Set(graph.children.filter(({ name }) => name === 'synapse'));
  const happened = new Set<string>();
  const actions: PlannedAction[] = [];
  for (let isMoving = true; isMoving; ) {
    isMoving = false;
    for (const synapse of waiting) {
      const own = actionsOf(child(synapse, 'action_set'));
      const inputs = (child(synapse, 'inputs')?.children ?? []).flatMap((trigger) => actionsOf(trigger));
      if (own.some((action) => isFencingOf(action, node))) continue;
      if (!inputs.every(({ attributes }) => happened.has(attributes.id ?? ''))) continue;
      waiting.delete(synapse);
      isMoving = true;
      for (const action of own) {
        happened.add(action.attributes.id ?? '');
        actions.push(...resourceAction(action));
      }
    }
  }
  return actions;
}

function actionsOf(set: XmlElement | undefined): readonly XmlElement[] {
  return set?.children ?? [];
}

function isFencingOf({ name, attributes }: XmlElement, node: string): boolean {
  return name === 'crm_event' && attributes.operation === 'stonith' && attributes.on_node === node;
}

function resourceAction({ name, attributes, children }: XmlElement): PlannedAction[] {
  const { operation, on_node: node = '' } = attributes;
  const resource = children.find((each) => each.name === 'primitive')?.attributes.id?.replace(/:\d+$/, '');
  if (name !== 'rsc_op' || resource === undefined) return [];
  switch (operation) {
    case 'start':
    case 'stop':
    case 'promote':
    case 'demote':
      return [{ kind: operation, resource, node }];
    default:
      return [];
  }
}
