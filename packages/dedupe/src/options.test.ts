import { describe, expect, it } from 'vitest';
import { dedupe } from './dedupe.ts';
import { memoryStore } from './stores/memory.ts';

const window = { ms: 1000, count: 100 };
const refused = (message: RegExp) => ({
  code: 'HF-DEDUPE-OPTION',
  message: expect.stringMatching(message),
  remedy: expect.stringMatching(/^(Give|Return) /),
});

/** As a caller in JavaScript may write them. */
describe('Options that cannot be used', () => {
  it('are refused with what to write instead', async () => {
    // @ts-expect-error no store
    await expect(dedupe({ key: String, window })).rejects.toMatchObject(refused(/store of type undefined/));
    // @ts-expect-error an address is no store
    const address = dedupe({ key: String, window, store: 'redis://10.0.0.1' });
    await expect(address).rejects.toMatchObject(refused(/store of type string/));
    // @ts-expect-error no window
    await expect(dedupe({ key: String, store: memoryStore() })).rejects.toMatchObject(refused(/window of type/));
  });

  it('are refused where a key is a number, which would let every copy pass', async () => {
    // @ts-expect-error a number
    const unique = await dedupe({ key: ({ id }: { id: number }) => id, window, store: memoryStore() });
    expect(() => unique.admit({ id: 7 })).toThrow(expect.objectContaining(refused(/key of type number/)));
    await unique.close();
  });
});
