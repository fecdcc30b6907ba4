import { hanging, type Paint } from '../core/index.ts';
import type { FaultOutcome, WhatIf } from './what-if.ts';

/**
 * What the scheduler would do, in lines of at most `columns`: every single fault in a sentence of its own, pairs by what comes of
 * them; with `all` every pair too.
 */
export function renderWhatIf(
  scenarios: WhatIf | undefined,
  paint: Paint,
  columns: number,
  all: boolean,
): readonly string[] {
  if (scenarios === undefined) return [];
  const title = paint('bold', 'what Pacemaker would do');
  if (scenarios.kind === 'not-possible') return [title, `  not known yet: ${scenarios.because}`, ''];
  const singles = scenarios.outcomes.filter(({ faults }) => faults.length === 1);
  const pairs = scenarios.outcomes.filter(({ faults }) => faults.length === 2);
  return [
    title,
    ...singles.flatMap((outcome) => sentenceOf(outcome, paint, columns)),
    ...(pairs.length === 0 ? [] : renderPairs(pairs, paint, columns, all)),
    '',
  ];
}

function renderPairs(pairs: readonly FaultOutcome[], paint: Paint, columns: number, all: boolean): readonly string[] {
  const title = `${paint('bold', 'and about two faults')}, the second when it has answered the first`;
  if (all) return [title, ...pairs.flatMap((outcome) => sentenceOf(outcome, paint, columns))];
  const ended = Map.groupBy(pairs.filter(endsService), endOf);
  const harmless = pairs.length - pairs.filter(endsService).length;
  return [
    title,
    `  · in ${harmless} of ${pairs.length} sequences everything keeps running, or recovers`,
    ...[...ended].flatMap(([end, outcomes]) =>
      hanging(`  ${paint('red', '!')} `, 6, `${end}: ${sequences(outcomes).join('; ')}`, columns),
    ),
    ...(pairs.some(({ unfenced }) => unfenced !== undefined)
      ? hanging('    ', 4, remarkOnDeadDevices, columns).map((line) => paint('dim', line))
      : []),
  ];
}

const remarkOnDeadDevices =
  'A node whose fencing devices are all dead: what Pacemaker plans is shown without what waits for the fencing there.';

function sentenceOf({ sentence, stopped }: FaultOutcome, paint: Paint, columns: number): readonly string[] {
  return hanging(`  ${stopped.length > 0 ? paint('red', '!') : '·'} `, 6, sentence, columns);
}

function endsService({ service }: FaultOutcome): boolean {
  return service.kind === 'stops' || service.kind === 'blocked';
}

function endOf({ service }: FaultOutcome): string {
  switch (service.kind) {
    case 'stops':
      return `stops until ${service.until ?? 'a person looks'}`;
    case 'blocked':
      return `is blocked until ${service.until ?? 'a person looks'}`;
    default:
      return 'keeps running';
  }
}

/** Two that differ in their order alone are named once. */
function sequences(outcomes: readonly FaultOutcome[]): readonly string[] {
  const orders = Map.groupBy(outcomes, ({ faults }) => faults.toSorted().join('\n'));
  return [...orders.values()].flatMap(([one, ...others]) => {
    if (one === undefined) return [];
    return [others.length === 0 ? one.faults.join(', then ') : `${one.faults.join(' and ')}, in either order`];
  });
}
