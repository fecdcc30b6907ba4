import { DedupeError } from '../errors.ts';

/** A package that only the users of one store have installed. Throws HF-DEDUPE-OPTION if it is not there. */
export async function peer(packageName: string) {
  try {
    return await import(packageName);
  } catch (error) {
    throw new DedupeError('HF-DEDUPE-OPTION', `${packageName} is not installed`, `Run npm install ${packageName}.`, {
      cause: error,
    });
  }
}
