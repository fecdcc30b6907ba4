import type { Finding } from '../assessment-types.ts';
import { onMachine, type Scene } from '../scene.ts';

/** From here on journals cannot be laid side by side, and constraints with a lifetime end too early or too late. */
const toleratedMs = 1_000;

/** The machines' clocks agree with each other. The observer's own may be wrong. */
export function checkClocks(scene: Scene): readonly Finding[] {
  const [reference, ...others] = scene.reachable;
  if (reference === undefined) return [];
  return others.flatMap(({ name, clockAheadMs }) => {
    const atLeast = clockAheadMs.atLeast - reference.clockAheadMs.atMost;
    const atMost = clockAheadMs.atMost - reference.clockAheadMs.atLeast;
    const surelyOff = atLeast > toleratedMs ? atLeast : atMost < -toleratedMs ? atMost : 0;
    if (surelyOff === 0) return [];
    const seconds = (Math.abs(surelyOff) / 1000).toFixed(1);
    return {
      code: 'HF-STATUS-CLOCK',
      severity: 'warning',
      where: name,
      message: `The clock of ${name} is at least ${seconds} s ${surelyOff > 0 ? 'ahead of' : 'behind'} that of ${reference.name}.`,
      remedy: 'Let both follow the same time server.',
      command: onMachine(scene, name, 'timedatectl timesync-status'),
      breaks: {},
    };
  });
}
