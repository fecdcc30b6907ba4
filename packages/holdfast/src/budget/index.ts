export { allowancesMs } from './allowances.ts';
export { type Budget, type BudgetedFault, type BudgetTerm, budget, type FaultBudget, termsInWords } from './budget.ts';
export { checkObjectives } from './check-objectives.ts';
