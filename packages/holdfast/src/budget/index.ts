export { allowances } from './allowances.ts';
export { type Budget, type BudgetedFault, budget, type FaultBudget } from './budget.ts';
export { checkObjectives } from './check-objectives.ts';
export { entriesOf, promisedFaults } from './faults.ts';
export { notesOnHeldWrites } from './held-writes.ts';
export { budgetInBrief, budgetInLines, budgetInTables } from './render-budget.ts';
