import fc from 'fast-check';
import { expect, test } from 'vitest';
import { acknowledgements } from './acknowledgements.ts';

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Packet ids in a chain of PUBACK packets. */
function packetIdsIn(chunks: readonly Buffer[]): number[] {
  const all = Buffer.concat(chunks);
  return Array.from({ length: all.length / 4 }, (_, index) => {
    expect(all.readUInt16BE(index * 4)).toBe(0x4002);
    return all.readUInt16BE(index * 4 + 2);
  });
}

test('acknowledgements leave in the order in which the messages came, whatever is done first', async () => {
  const ids = fc.uniqueArray(fc.integer({ min: 1, max: 65_535 }), { minLength: 1, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(ids, fc.infiniteStream(fc.nat()), async (packetIds, numbers) => {
      const written: Buffer[] = [];
      const { expect: expectOne } = acknowledgements((packets) => written.push(packets));
      const acknowledge = packetIds.map(expectOne);
      while (acknowledge.length > 0) {
        const [one] = acknowledge.splice(numbers.next().value % acknowledge.length, 1);
        one?.();
        if (numbers.next().value % 2 === 0) await settled();
        const sent = packetIdsIn(written);
        expect(sent).toEqual(packetIds.slice(0, sent.length));
      }
      await settled();
      expect(packetIdsIn(written)).toEqual(packetIds);
    }),
    { numRuns: 50 },
  );
});

test('a message that is not done holds back those behind it', async () => {
  const written: Buffer[] = [];
  const acks = acknowledgements((packets) => written.push(packets));
  const [one, two] = [acks.expect(1), acks.expect(2)];
  two();
  await settled();
  expect(written).toEqual([]);
  expect(acks.open).toBe(2);
  one();
  one();
  await settled();
  expect(packetIdsIn(written)).toEqual([1, 2]);
  expect(acks.open).toBe(0);
});
