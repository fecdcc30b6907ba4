import { HoldfastError, type Problem, shellWord } from '../core/index.ts';

/** The rest of Holdfast calls the site file `<site>` in its remedies: only the command line knows its path. */
export function nameSite(problem: Problem, siteFile: string): Problem {
  const path = shellWord(siteFile);
  return { ...problem, remedy: problem.remedy.replaceAll(/'<site>'|<site>/g, () => path) };
}

export function nameSiteIn(error: HoldfastError, siteFile: string): HoldfastError {
  const [first, ...others] = error.problems;
  return new HoldfastError([nameSite(first, siteFile), ...others.map((each) => nameSite(each, siteFile))], {
    cause: error.cause,
  });
}
