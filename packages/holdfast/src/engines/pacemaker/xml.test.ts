import fc from 'fast-check';
import { XmlElement as LibxmlElement, ParseOption, XmlDocument } from 'libxml2-wasm';
import { describe, expect, it } from 'vitest';
import { HoldfastError } from '../../core/index.ts';
import { parseXml, parseXmlFile } from './parse-xml.ts';
import { element, serializeXml, type XmlElement } from './xml.ts';

const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,8}$/);
const value = fc
  .string({ unit: 'binary', maxLength: 30 })
  .filter((text) => !/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u.test(text));
const tree = treeOf(3);

function treeOf(levels: number): fc.Arbitrary<XmlElement> {
  const attributes = fc.dictionary(name, value, { noNullPrototype: true, maxKeys: 4 });
  const children = levels === 0 ? fc.constant([]) : fc.array(treeOf(levels - 1), { maxLength: 3 });
  return fc.tuple(name, attributes, children).map((parts) => element(...parts));
}

describe('XML that is written', () => {
  it('is read back as it was', () => {
    fc.assert(fc.property(tree, (root) => void expect(parseXml(serializeXml(root))).toEqual(root)));
  });

  it('is read by libxml2, which Pacemaker uses, as it was', () => {
    fc.assert(fc.property(tree, (root) => void expect(readByLibxml(serializeXml(root))).toEqual(root)));
  });

  it('holds no character that XML cannot hold', () => {
    expect(() => serializeXml(element('a', { b: 'x\u0001' }))).toThrow('U+0001');
    expect(() => serializeXml(element('a', { b: '\uD800' }))).toThrow('U+D800');
  });
});

describe('XML that is read', () => {
  it.each([
    [
      'an XML declaration, comments and processing instructions',
      '<?xml version="1.0"?>\n<!-- a --><?b c?><r><!-- <x> --><?d?></r><!-- e -->\n',
    ],
    ['both quotes and blanks around the equals sign', `<r a = "it's" b='say "x"'/>`],
    ['character references', '<r a="&#10;&#x1F600;&lt;&amp;&apos;"/>'],
    ['line ends of another system', '<r a="1\r\n2">\r\n</r>'],
    ['a CDATA section', '<r><![CDATA[a < b && c]]></r>'],
    ['text with references', '<r>a &amp; b</r>'],
    ['names beyond ASCII', '<größe läuft="ja"/>'],
  ])('may have %s, as libxml2 reads it', (_, text) => {
    expect(parseXml(text)).toEqual(readByLibxml(text));
  });

  it.each([
    ['an entity bomb', '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><r>&b;</r>'],
    ['an unknown entity', '<r>&who;</r>'],
    ['a bare ampersand', '<r a="a & b"/>'],
    ['an element that is not closed', '<r><a></r>'],
    ['an attribute twice', '<r a="1" a="2"/>'],
    ['attributes without a blank between', '<r a="1"b="2"/>'],
    ['a value without quotes', '<r a=1/>'],
    ['two roots', '<r/><r/>'],
    ['nothing', ''],
    ['a reference to a character that XML cannot hold', '<r a="&#0;"/>'],
    ['a program that failed', 'crm_mon: Connection to cluster failed'],
    ['elements without end', '<a>'.repeat(100_000)],
  ])('is refused when it is %s', (_, text) => {
    expect(() => parseXml(text)).toThrow(HoldfastError);
    expect(() => readByLibxml(text)).toThrow();
  });

  it('never ends in anything but an element or a Holdfast error, whatever it is', () => {
    const noise = fc
      .array(
        fc.constantFrom(
          '<',
          '>',
          '/',
          'a',
          ' ',
          '=',
          '"',
          "'",
          '&',
          ';',
          '!',
          '--',
          '?',
          '[CDATA[',
          ']]>',
          '#',
          'x',
          '\n',
        ),
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(noise, (text) => {
        try {
          expect(parseXml(text)).toHaveProperty('name');
          // What we take, libxml2 takes too.
          expect(() => readByLibxml(text)).not.toThrow();
        } catch (error) {
          expect(error).toBeInstanceOf(HoldfastError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('says where it goes wrong', () => {
    expect(() => parseXml('<r>\n  <a b=1/>\n</r>')).toThrow('line 2, column 8');
  });
});

function readByLibxml(text: string): XmlElement {
  const document = XmlDocument.fromString(text, {
    option: ParseOption.XML_PARSE_NOCDATA | ParseOption.XML_PARSE_NOBLANKS,
  });
  try {
    if (document.dtd !== null) throw new Error('a document type declaration');
    return convert(document.root);
  } finally {
    document.dispose();
  }
}

function convert(from: LibxmlElement): XmlElement {
  // By a query: the library's own walk over siblings ends in an error at a processing instruction.
  const children = from.find('*').flatMap((each) => (each instanceof LibxmlElement ? [convert(each)] : []));
  const own = ownText(from);
  const read = element(from.name, Object.fromEntries(from.attrs.map((each) => [each.name, each.value])), children);
  return own === '' ? read : { ...read, text: own };
}

function ownText(from: LibxmlElement): string {
  const inner = from
    .find('text()')
    .map((each) => each.content)
    .join('');
  return inner.trim();
}

describe('An XML file that a person gave', () => {
  it('says where each element begins, also with comments, carriage returns and a byte order mark', () => {
    const { root, locationOf } = parseXmlFile(
      '\uFEFF<!-- a\r\n b -->\r\n<cib>\r\n  <x/><y\r\n a="1"/>\r\n</cib>\r\n',
      'cib.xml',
    );
    expect([root, ...root.children].map(locationOf)).toEqual([
      { file: 'cib.xml', line: 3, column: 1 },
      { file: 'cib.xml', line: 4, column: 3 },
      { file: 'cib.xml', line: 4, column: 7 },
    ]);
  });

  it('is refused with its name, the line and the column', () => {
    expect(() => parseXmlFile('<cib>\n  <a b=c/>\n</cib>', 'cib.xml')).toThrow(
      expect.objectContaining({
        code: 'HF-XML-MALFORMED',
        problems: [expect.objectContaining({ at: { file: 'cib.xml', line: 2, column: 8 }, source: 'user' })],
      }),
    );
  });
});
