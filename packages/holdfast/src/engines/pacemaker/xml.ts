import { HoldfastError } from '../../core/index.ts';

/** An element of an XML document: what Pacemaker uses of XML (no namespaces, no text between elements that matters). */
export interface XmlElement {
  readonly name: string;
  /** In document order. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** All text directly in this element, trimmed; absent where there is none. */
  readonly text?: string;
}

/** Builds an element. Attributes and children keep their order. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string>>,
  children: readonly XmlElement[] = [],
): XmlElement {
  return { name, attributes, children };
}

/**
 * Serialises with two spaces of indentation and no declaration.
 * Throws HF-XML-CHARACTER for a character that XML 1.0 cannot hold, escaped or not (section 2.2, `Char`).
 */
export function serializeXml(root: XmlElement, depth = 0): string {
  const indent = '  '.repeat(depth);
  const attributes = Object.entries(root.attributes)
    .map(([name, value]) => ` ${name}="${escapeXml(value, `attribute ${name} of <${root.name}>`)}"`)
    .join('');
  const text = root.text === undefined ? '' : escapeXml(root.text, `text of <${root.name}>`);
  if (root.children.length === 0) {
    return text === ''
      ? `${indent}<${root.name}${attributes}/>\n`
      : `${indent}<${root.name}${attributes}>${text}</${root.name}>\n`;
  }
  const children = root.children.map((child) => serializeXml(child, depth + 1)).join('');
  return `${indent}<${root.name}${attributes}>${text}\n${children}${indent}</${root.name}>\n`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  // Without these a parser turns them into spaces (XML 1.0, 3.3.3 attribute-value normalisation).
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

// A lone surrogate matches \p{Cs} in Unicode mode; a proper pair does not.
const impossible = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

function escapeXml(value: string, where: string): string {
  const bad = impossible.exec(value);
  if (bad) {
    const code = (bad[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    throw new HoldfastError({
      code: 'HF-XML-CHARACTER',
      message: `The ${where} contains the character U+${code}, which XML cannot hold.`,
      remedy: 'Remove that character from the value in the site file.',
      source: 'user',
    });
  }
  return value.replace(/[&<>"\t\n\r]/g, (character) => entities[character] ?? character);
}

/** The first child of that name. */
export function child(parent: XmlElement, name: string): XmlElement | undefined {
  return parent.children.find((each) => each.name === name);
}

/** Every element below, and the root itself, in document order. */
export function* descendants(root: XmlElement): Generator<XmlElement> {
  yield root;
  for (const each of root.children) yield* descendants(each);
}
