export { renderDrillHtml } from './html.ts';
export { renderDrillJunit } from './junit.ts';
export { renderDrillTable, type TerminalOptions } from './terminal.ts';
