/** Text that is markup already. Everything else is escaped where it is put in. */
export interface Markup {
  readonly markup: string;
}

type Insertable = string | number | Markup | readonly Markup[];

/**
 * Builds XML or HTML: what is inserted is escaped unless it is markup itself, so that no name or message from a site can
 * become an element. Characters that XML 1.0 cannot hold (section 2.2, `Char`) become U+FFFD: a report never fails on them.
 */
export function markup(strings: TemplateStringsArray, ...values: readonly Insertable[]): Markup {
  return { markup: strings.reduce((text, part, index) => text + insert(values[index - 1] ?? '') + part) };
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const impossible = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

function insert(value: Insertable): string {
  if (typeof value === 'object') return 'markup' in value ? value.markup : value.map((each) => each.markup).join('\n');
  return String(value)
    .replace(impossible, '\uFFFD')
    .replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
