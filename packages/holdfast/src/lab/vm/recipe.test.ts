import { expect, it } from 'vitest';
import { imageRecipe } from '../image/recipe.ts';
import { vmRecipe, vmRecipeHash } from './recipe.ts';

it('is the recipe of the containers with a kernel, and with devices and a power button that somebody listens to', () => {
  const recipe = vmRecipe();
  expect(recipe.packages).toEqual(expect.arrayContaining([...imageRecipe().packages, 'linux-image-amd64']));
  expect(recipe.maskedUnits).not.toContain('systemd-udevd.service');
  expect(recipe.maskedUnits).not.toContain('systemd-logind.service');
  expect(vmRecipeHash(recipe)).toBe(vmRecipeHash(vmRecipe()));
  expect(vmRecipeHash(recipe)).not.toBe(vmRecipeHash(vmRecipe('trixie')));
});
