/** Reading JSON that somebody else wrote, without trusting its shape: every step yields undefined where it does not fit. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The value at a path of names and indices, or undefined. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let here: unknown = value;
  for (const name of path) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = Reflect.get(here, name);
  }
  return here;
}

export function textAt(value: unknown, ...path: readonly (string | number)[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : undefined;
}
