import type { ErrorCode } from '../core/index.ts';

/** What the users may see of a fault. */
export type ExpectedService =
  /** An outage no longer than the objective; whoever serves then. */
  | 'back-in-time'
  /** The same life of the workload serves on. What writes have to wait counts against the objective. */
  | 'keeps-serving'
  /** An outage that ends by itself, but may last longer than the objective: more than one thing has failed. */
  | 'back-by-itself'
  /** May be out as long as the fault lasts, and is back when it is over. */
  | 'until-healed'
  /** Must not come back anywhere while the fault lasts, as that would not be safe; and somebody says what a person can do. */
  | 'refused';

/** What is expected of a fault, written down before it is done. */
export type Expectation = Words &
  ({ readonly service: Exclude<ExpectedService, 'refused'> } | { readonly service: 'refused'; readonly told: Told });

interface Words {
  /** One sentence for the report: what shall happen, and why. */
  readonly words: string;
}

/** The way out of an outage that must last, as `holdfast status` must tell it. */
export interface Told {
  /** Of whom, by the part that it played when the fault was done. */
  readonly of: 'active' | 'passive';
  /** The finding by its code, and what its command must contain. One of them is enough. */
  readonly commands: Readonly<Partial<Record<ErrorCode, string>>>;
}

/** Whether the site has to bring service back while the fault lasts. */
export function endsByItself(service: ExpectedService): boolean {
  return service !== 'until-healed' && service !== 'refused';
}
