/** What happens when: a binary heap of things to do, by whole microseconds of simulated time and then by order of entry. */
export interface Agenda<T> {
  add(atUs: number, what: T): void;
  /** The next thing to do, or undefined when nothing is left. */
  next(): { readonly atUs: number; readonly what: T } | undefined;
}

interface Entry<T> {
  readonly atUs: number;
  readonly order: number;
  readonly what: T;
}

export function agenda<T>(): Agenda<T> {
  const heap: Entry<T>[] = [];
  let order = 0;
  const before = (a: Entry<T>, b: Entry<T>) => a.atUs < b.atUs || (a.atUs === b.atUs && a.order < b.order);
  return {
    add(atUs, what) {
      const entry = { atUs: Math.ceil(atUs), order: order++, what };
      let at = heap.length;
      heap.push(entry);
      while (at > 0) {
        const parentAt = (at - 1) >> 1;
        const parent = heap[parentAt];
        if (parent === undefined || !before(entry, parent)) break;
        heap[at] = parent;
        at = parentAt;
      }
      heap[at] = entry;
    },
    next() {
      const first = heap[0];
      const last = heap.pop();
      if (first === undefined || last === undefined || heap.length === 0) return first;
      let at = 0;
      for (;;) {
        let childAt = 2 * at + 1;
        let child = heap[childAt];
        const right = heap[childAt + 1];
        if (child !== undefined && right !== undefined && before(right, child)) {
          child = right;
          childAt += 1;
        }
        if (child === undefined || !before(child, last)) break;
        heap[at] = child;
        at = childAt;
      }
      heap[at] = last;
      return first;
    },
  };
}
