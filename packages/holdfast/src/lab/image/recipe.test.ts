import { expect, it } from 'vitest';
import { imageRecipe, recipeHash } from './recipe.ts';

it('gives equal recipes one name in the cache, and a changed recipe another one', () => {
  const recipe = imageRecipe();
  expect(recipeHash(imageRecipe())).toBe(recipeHash(recipe));
  expect(recipeHash(recipe)).toMatch(/^[0-9a-f]{12}$/);
  expect(recipeHash({ ...recipe, packages: [...recipe.packages, 'vim'] })).not.toBe(recipeHash(recipe));
  expect(recipeHash({ ...recipe, files: { ...recipe.files, 'etc/motd': 'hello' } })).not.toBe(recipeHash(recipe));
});
