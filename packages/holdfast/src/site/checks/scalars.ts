import { type Finding, showPath } from '../finding.ts';
import { mayHoldPassword, notASecretName } from '../secrecy.ts';
import { valueAt } from '../value-at.ts';
import type { YamlFile } from '../yaml.ts';

/** Unquoted text that YAML 1.1, which many programs still read, takes for a truth value (yaml.org/type/bool.html) … */
const oldTruthValue = /^(?:y|n|yes|no|on|off)$/i;
/** … for a number in base 60, or one with `_` between the digits (yaml.org/type/int.html), or for a date. */
const oldNumber = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$|^[-+]?[0-9]+_[0-9_]*$/;
const oldDate = /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt\s].*)?$/;

/** Values that stand there without quotes and are, or are to other programs, something else than they look like. */
export function checkScalars(yaml: YamlFile): readonly Finding[] {
  return yaml.plainScalars.flatMap(({ path, source }): Finding[] => {
    const value = valueAt(yaml.value, path);
    if (mayHoldPassword(path)) {
      return typeof value === 'string' && takenFor(source) !== undefined ? [notASecretName(path, yaml.file)] : [];
    }
    if (typeof value === 'number' && source !== String(value)) {
      return [
        {
          code: 'HF-SITE-NUMBER-CHANGED',
          path,
          message: `\`${showPath(path)}\` says \`${source}\`, of which YAML makes the number ${value}.`,
          remedy: `Write ${value} if that is meant; write it in quotes, '${source}', if it is a name.`,
        },
      ];
    }
    const taken = typeof value === 'string' ? takenFor(source) : undefined;
    if (taken === undefined) return [];
    return [
      {
        code: 'HF-SITE-AMBIGUOUS',
        path,
        message: `\`${showPath(path)}\` says \`${source}\` without quotes, which many programs read as ${taken}.`,
        remedy: `Write it in quotes: '${source}'.`,
      },
    ];
  });
}

function takenFor(source: string): string | undefined {
  if (oldTruthValue.test(source)) return 'a truth value';
  if (oldNumber.test(source)) return 'a number';
  if (oldDate.test(source)) return 'a date';
  return undefined;
}
