import { defineConfig } from 'vitest/config';

const packages = 'packages/*';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [`${packages}/src/**/*.test.ts`, 'examples/*/src/**/*.test.ts', 'examples/*/test/**/*.test.ts'],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'oracle',
          include: [`${packages}/test/oracle/**/*.oracle.test.ts`],
          testTimeout: 120_000,
        },
      },
      {
        // One lab a machine, two cores: one file after the other.
        test: {
          name: 'lab',
          include: [`${packages}/test/lab/**/*.lab.test.ts`],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
