import { HoldfastError, type SourceLocation } from '../../core/index.ts';
import type { XmlElement } from './xml.ts';

/**
 * Reads the XML that Pacemaker prints: elements, attributes, text, comments, CDATA and processing instructions (XML 1.0, fifth
 * edition). A document type declaration is refused: Pacemaker writes none, and with it go all entities but the five of XML, so
 * that no document can grow while it is read. Nesting is limited to 200 levels.
 * Throws HF-XML-MALFORMED with line and column.
 */
export function parseXml(text: string): XmlElement {
  return new Reader(text, (_element, _offset) => {}).document();
}

/** An XML document that knows where in its file each element begins. */
export interface LocatedXml {
  readonly root: XmlElement;
  /** Of the element's `<`. Throws for an element that is not of this document. */
  locationOf(element: XmlElement): SourceLocation;
}

/** As `parseXml`, for a file that a person gave: HF-XML-MALFORMED names the file, the line and the column. */
export function parseXmlFile(text: string, file: string): LocatedXml {
  const offsets = new Map<XmlElement, number>();
  const reader = new Reader(text, (element, offset) => offsets.set(element, offset), file);
  const root = reader.document();
  const lines = lineStarts(reader.text);
  return {
    root,
    locationOf(element) {
      const offset = offsets.get(element);
      if (offset === undefined) throw new Error(`<${element.name}> is not of ${file}`);
      // The first line that begins behind the element follows the element's own.
      let low = 0;
      let high = lines.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((lines[middle] ?? 0) <= offset) low = middle + 1;
        else high = middle;
      }
      return { file, line: low, column: offset - (lines[low - 1] ?? 0) + 1 };
    },
  };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

const deepest = 200;
const nameCharacters = /[\p{L}_:][\p{L}\p{M}\p{N}_:.\u00B7-]*/uy;
const blanks = /[ \t\r\n]*/y;
const textRun = /[^<]*/y;
const references: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

class Reader {
  readonly #text: string;
  readonly #onElement: (element: XmlElement, offset: number) => void;
  readonly #file: string | undefined;
  #at = 0;

  /** Without `file`, the text is what a command on a machine printed. */
  constructor(text: string, onElement: (element: XmlElement, offset: number) => void, file?: string) {
    // XML 1.0, 2.11: line ends are read as one line feed.
    this.#text = (text.startsWith('\uFEFF') ? text.slice(1) : text).replace(/\r\n?/g, '\n');
    this.#onElement = onElement;
    this.#file = file;
  }

  /** What the offsets count in. */
  get text(): string {
    return this.#text;
  }

  document(): XmlElement {
    this.#skipMisc();
    const root = this.#element(0);
    this.#skipMisc();
    if (!this.#atEnd()) this.#fail('something follows the root element');
    return root;
  }

  #atEnd(): boolean {
    return this.#at === this.#text.length;
  }

  #element(depth: number): XmlElement {
    const begin = this.#at;
    const element = this.#readElement(depth);
    this.#onElement(element, begin);
    return element;
  }

  #readElement(depth: number): XmlElement {
    if (depth > deepest) this.#fail(`elements are nested deeper than ${deepest} levels`);
    this.#expect('<');
    const name = this.#match(nameCharacters, 'a name');
    const attributes = this.#attributes(name);
    if (this.#take('/>')) return { name, attributes, children: [] };
    this.#expect('>');
    const { children, content } = this.#content(name, depth);
    const trimmed = content.trim();
    return trimmed === '' ? { name, attributes, children } : { name, attributes, children, text: trimmed };
  }

  /** Skips blanks, comments, processing instructions and the XML declaration. */
  #skipMisc(): void {
    for (;;) {
      this.#match(blanks);
      if (this.#take('<!--')) this.#until('-->', 'comment');
      else if (this.#take('<?')) this.#until('?>', 'processing instruction');
      else return;
    }
  }

  #fail(what: string): never {
    const before = this.#text.slice(0, this.#at);
    const line = before.split('\n').length;
    const column = this.#at - before.lastIndexOf('\n');
    if (this.#file !== undefined) {
      throw new HoldfastError({
        code: 'HF-XML-MALFORMED',
        message: `This is not the XML that Pacemaker reads: ${what}.`,
        remedy: 'Mend the file at that place, or save it again with `cibadmin --query`.',
        source: 'user',
        at: { file: this.#file, line, column },
      });
    }
    throw new HoldfastError({
      code: 'HF-XML-MALFORMED',
      message: `This is not the XML that Pacemaker prints: line ${line}, column ${column}: ${what}.`,
      remedy:
        'Run the same command on the machine by hand; if its output is well-formed, report this as a defect of Holdfast.',
      source: 'site',
    });
  }

  #attributes(owner: string): Record<string, string> {
    const attributes: Record<string, string> = {};
    for (;;) {
      const gap = this.#match(blanks);
      if (this.#peek('>') || this.#peek('/>')) return attributes;
      if (gap === '') this.#fail(`<${owner}> needs a blank before its next attribute`);
      const name = this.#match(nameCharacters, 'the name of an attribute');
      if (Object.hasOwn(attributes, name)) this.#fail(`<${owner}> has the attribute ${name} twice`);
      this.#match(blanks);
      this.#expect('=');
      this.#match(blanks);
      const quote = this.#take('"') ? '"' : this.#take("'") ? "'" : this.#fail('an attribute value is not in quotes');
      const raw = this.#until(quote, 'attribute value');
      if (raw.includes('<')) this.#fail(`the attribute ${name} holds a "<" that is not escaped`);
      // A null prototype is not needed: names are looked up with their own properties only.
      Object.defineProperty(attributes, name, {
        value: this.#resolve(raw.replace(/[\t\n]/g, ' ')),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
  }

  #content(name: string, depth: number): { children: XmlElement[]; content: string } {
    const children: XmlElement[] = [];
    let content = '';
    for (;;) {
      const run = this.#match(textRun);
      if (run.includes(']]>')) this.#fail('"]]>" stands in text');
      content += this.#resolve(run);
      if (this.#take('</')) {
        if (this.#match(nameCharacters, 'a name') !== name) this.#fail(`another element than <${name}> is closed`);
        this.#match(blanks);
        this.#expect('>');
        return { children, content };
      }
      if (this.#take('<!--')) this.#until('-->', 'comment');
      else if (this.#take('<![CDATA[')) content += this.#until(']]>', 'CDATA section');
      else if (this.#take('<?')) this.#until('?>', 'processing instruction');
      else if (this.#atEnd()) this.#fail(`<${name}> is never closed`);
      else children.push(this.#element(depth + 1));
    }
  }

  #resolve(raw: string): string {
    if (!raw.includes('&')) return raw;
    return raw.replace(/&([^;&]{0,12});?/g, (whole, name: string) => {
      const number = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(name);
      const code = number?.[1] === undefined ? Number(number?.[2] ?? Number.NaN) : Number.parseInt(number[1], 16);
      const character = number ? characterOf(code) : references[name];
      if (character === undefined || !whole.endsWith(';')) return this.#fail(`"${whole}" is no character reference`);
      return character;
    });
  }

  #match(pattern: RegExp, what?: string): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined) return this.#fail(what === undefined ? 'this cannot be read' : `${what} is missing`);
    this.#at += found.length;
    return found;
  }

  #peek(literal: string): boolean {
    return this.#text.startsWith(literal, this.#at);
  }

  #take(literal: string): boolean {
    if (!this.#peek(literal)) return false;
    this.#at += literal.length;
    return true;
  }

  #expect(literal: string): void {
    if (!this.#take(literal)) this.#fail(`"${literal}" is missing`);
  }

  #until(end: string, what: string): string {
    const found = this.#text.indexOf(end, this.#at);
    if (found < 0) this.#fail(`a ${what} is never closed`);
    const inside = this.#text.slice(this.#at, found);
    this.#at = found + end.length;
    return inside;
  }
}

/** XML 1.0, 2.2, `Char`. */
function characterOf(code: number): string | undefined {
  const allowed =
    code === 9 || code === 10 || code === 13 || (code >= 0x20 && code <= 0xd7ff) || (code >= 0xe000 && code <= 0xfffd);
  return allowed || (code >= 0x10000 && code <= 0x10ffff) ? String.fromCodePoint(code) : undefined;
}
