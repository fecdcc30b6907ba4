/** The look of the report: the reader's own fonts, paper by day, slate by night, and everything legible when printed. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --paper: #fcfbf8; --card: #ffffff; --ink: #1c2530; --quiet: #556170; --rule: #dcdad3;
  --node-0: #24557f; --node-1: #c2781f; --node-2: #5c8a63; --node-3: #8a6aa3;
  --on-node-0: #ffffff; --on-node-1: #10161d; --on-node-2: #ffffff; --on-node-3: #ffffff;
  --silence: #f6e3df; --alarm: #9c2f22; --unanswered: #847f75;
  --pass: #22623f; --pass-paper: #e7f1ea; --fail: #9c2f22; --fail-paper: #f9e8e5; --unknown: #735400; --unknown-paper: #f8efd6;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #14191f; --card: #1b222a; --ink: #e6eaee; --quiet: #a2adb9; --rule: #323c47;
    --node-0: #6fa8d8; --node-1: #e2a75a; --node-2: #7fb489; --node-3: #b497cb;
    --on-node-0: #14191f; --on-node-1: #14191f; --on-node-2: #14191f; --on-node-3: #14191f;
    --silence: #43282a; --alarm: #f2a091; --unanswered: #808a95;
    --pass: #8fd0a8; --pass-paper: #1c3226; --fail: #f2a091; --fail-paper: #3a2022; --unknown: #e6c667; --unknown-paper: #352d15;
  }
}
* { box-sizing: border-box; }
html { background: var(--paper); -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; max-width: 1020px; padding: 40px 24px 64px; color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "DejaVu Sans", sans-serif;
}
h1, h2, h3 { line-height: 1.25; margin: 0; text-wrap: balance; }
h1 { font-size: 28px; letter-spacing: -0.01em; }
h2 { font-size: 21px; margin-top: 56px; }
h3 { font-size: 16px; margin-top: 28px; }
p { margin: 8px 0 0; max-width: 70ch; }
code { font: 14px/1.5 ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
pre { margin: 12px 0 0; padding: 12px 14px; border: 1px solid var(--rule); border-radius: 6px; background: var(--card); white-space: pre-wrap; overflow-wrap: anywhere; }
.quiet { color: var(--quiet); }
.verdict { margin-top: 24px; padding: 20px 24px; border-radius: 8px; border-left: 6px solid; display: grid; grid-template-columns: auto 1fr; gap: 4px 16px; }
.verdict .sign { font-size: 30px; line-height: 1.1; font-weight: 700; }
.verdict p { margin: 0; font-size: 19px; line-height: 1.45; color: var(--ink); max-width: 62ch; text-wrap: pretty; }
.verdict p + p { grid-column: 2; font-size: 15px; margin-top: 6px; max-width: none; }
.pass { color: var(--pass); } .fail { color: var(--fail); } .unknown { color: var(--unknown); }
.verdict.pass { background: var(--pass-paper); } .verdict.fail { background: var(--fail-paper); } .verdict.unknown { background: var(--unknown-paper); }
table { border-collapse: collapse; width: 100%; margin-top: 16px; font-size: 15px; font-variant-numeric: tabular-nums; }
th, td { padding: 9px 0 9px 12px; text-align: right; border-bottom: 1px solid var(--rule); vertical-align: baseline; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
td:last-child, th:last-child { text-align: left; }
thead th { font-size: 13px; font-weight: 500; color: var(--quiet); line-height: 1.3; vertical-align: bottom; }
tbody th { font-weight: 600; white-space: nowrap; }
.overview thead th:not(:first-child) { width: 8%; }
.overview + p { max-width: none; font-size: 14px; }
td { white-space: nowrap; }
td.result { font-weight: 600; } td.result span, td.result small { display: block; } td.result small { font-size: 13px; font-weight: 400; }
td.bad, td.unsure { white-space: normal; font-weight: 600; color: var(--fail); } td.unsure { color: var(--unknown); }
.phases { max-width: 640px; }
.phases tbody th { white-space: normal; }
.phases td:last-child { color: var(--quiet); white-space: normal; overflow-wrap: break-word; min-width: 11em; }
figure { margin: 16px 0 0; padding: 16px 16px 10px; border: 1px solid var(--rule); border-radius: 8px; background: var(--card); break-inside: avoid; }
figcaption { margin-top: 6px; font-size: 13px; color: var(--quiet); display: flex; flex-wrap: wrap; gap: 2px 18px; }
.key::before { content: ""; display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin-right: 6px; background: var(--swatch); }
.key.node-0 { --swatch: var(--node-0); } .key.node-1 { --swatch: var(--node-1); } .key.node-2 { --swatch: var(--node-2); } .key.node-3 { --swatch: var(--node-3); }
.key.unanswered { --swatch: var(--unanswered); }
svg { display: block; max-width: 100%; height: auto; }
svg text { font-size: 12px; fill: var(--ink); font-variant-numeric: tabular-nums; paint-order: stroke; stroke: var(--card); stroke-width: 3px; stroke-linejoin: round; }
svg .silence { fill: var(--silence); }
svg .node-0 { fill: var(--node-0); } svg .node-1 { fill: var(--node-1); } svg .node-2 { fill: var(--node-2); } svg .node-3 { fill: var(--node-3); }
svg .unanswered { fill: var(--unanswered); }
svg .base { stroke: var(--quiet); stroke-width: 1; }
svg .tick line { stroke: var(--rule); stroke-width: 1; } svg .tick text, svg text.gutter, svg text.limit-beyond { fill: var(--quiet); }
svg .bracket line { stroke: var(--alarm); stroke-width: 1.5; }
svg .bracket text { font-size: 13px; font-weight: 600; fill: var(--alarm); }
svg .limit line { stroke: var(--quiet); stroke-width: 1; stroke-dasharray: 5 4; }
svg .limit.fault line, svg line.fault { stroke: var(--alarm); stroke-width: 1.5; stroke-dasharray: none; }
svg .limit.fault text { fill: var(--alarm); font-weight: 600; }
svg .lane > line { stroke: var(--rule); }
svg .span text { stroke: none; }
svg .span.node-0 text { fill: var(--on-node-0); } svg .span.node-1 text { fill: var(--on-node-1); } svg .span.node-2 text { fill: var(--on-node-2); } svg .span.node-3 text { fill: var(--on-node-3); }
svg .span.other rect { fill: var(--card); stroke: var(--quiet); stroke-dasharray: 3 2; }
svg .phase line { stroke: var(--ink); stroke-width: 1; stroke-dasharray: 1 3; }
.narrow { display: none; }
.strips { display: grid; grid-template-columns: repeat(auto-fill, minmax(200px, 1fr)); gap: 14px 20px; margin: 14px 0 0; padding: 0; list-style: none; }
.strips li { break-inside: avoid; font-size: 13px; }
.strips svg { width: 100%; background: var(--card); border: 1px solid var(--rule); border-bottom: 0; }
.strips p { margin: 3px 0 0; display: flex; justify-content: space-between; gap: 8px; font-variant-numeric: tabular-nums; }
.reasons { margin: 12px 0 0; padding: 10px 16px 10px 34px; border-left: 4px solid; border-radius: 4px; }
.reasons.fail { background: var(--fail-paper); } .reasons.unknown { background: var(--unknown-paper); } .reasons.note { border-color: var(--rule); }
.reasons li { color: var(--ink); }
.reasons li::marker { color: inherit; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 6px 20px; margin: 12px 0 0; } dt { color: var(--quiet); } dd { margin: 0; }
.meaning { max-width: 72ch; padding-left: 20px; margin: 12px 0 0; } .meaning li { margin-top: 8px; }
@media (max-width: 720px) {
  body { padding: 24px 16px 48px; }
  h1 { font-size: 24px; }
  .verdict { padding: 16px; } .verdict p { font-size: 17px; }
  .wide { display: none; } .narrow { display: block; }
  figure { padding: 12px 8px 8px; }
  .overview thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .overview, .overview tbody, .overview tr { display: block; }
  .overview tr { display: grid; grid-template-columns: 1fr 1fr; gap: 2px 20px; padding: 14px 0; border-bottom: 1px solid var(--rule); }
  .overview th, .overview td { border: 0; padding: 0; display: flex; justify-content: space-between; gap: 8px; text-align: right; }
  .overview th { grid-column: 1; font-size: 16px; } .overview td.result { grid-column: 2; grid-row: 1; display: block; }
  .overview td:not(.result)::before { content: attr(data-title); color: var(--quiet); font-weight: 400; text-align: left; }
  .phases { font-size: 14px; } .phases th, .phases td { padding-left: 8px; } .phases td:last-child { min-width: 5em; overflow-wrap: anywhere; }
}
@media print {
  body { max-width: none; padding: 0; font-size: 11pt; }
  h2, h3 { break-after: avoid; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
