import { expect, test } from 'vitest';
import { faultNames } from '../../drill/index.ts';
import { drillFaults } from './drill.ts';

test('the help of drill names exactly the faults there are', () => {
  expect(drillFaults).toEqual(faultNames);
});
