/** How the drill takes and gives the power of a machine: a hand in the lab, a fencing device in a plant. */
export interface Power {
  /** Resolves when the machine has no power. `atMs`: just before; `offAtMs`: certainly off. Both in the drill's clock. */
  cut(node: string): Promise<{ readonly atMs: number; readonly offAtMs: number }>;
  /** Gives power to a machine that is off; harmless when it is on. */
  restore(node: string): Promise<void>;
  /** Has the power restored after `afterMs` even if this process is gone by then. One a node: a new one replaces it. */
  armRestore(node: string, afterMs: number): Promise<void>;
  /** Calls that off. Harmless when nothing is armed. */
  disarmRestore(node: string): Promise<void>;
}
