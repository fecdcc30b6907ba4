import type { DedupeStatus, SourceStatus } from './events.ts';

/** Prometheus's text format, https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function metricsText(status: DedupeStatus): string {
  const lines: string[] = [];
  function metric(name: string, type: 'counter' | 'gauge' | 'summary', help: string, samples: readonly string[]): void {
    if (samples.length === 0) return;
    lines.push(`# HELP holdfast_dedupe_${name} ${help}`, `# TYPE holdfast_dedupe_${name} ${type}`);
    for (const sample of samples) lines.push(`holdfast_dedupe_${name}${sample}`);
  }
  function each(name: string, type: 'counter' | 'gauge', help: string, value: (source: SourceStatus) => number): void {
    const samples = status.sources.map((source) => `{source=${quoted(source.source)}} ${value(source)}`);
    metric(`source_${name}`, type, help, samples);
  }

  metric('messages_total', 'counter', 'Messages by what became of them.', [
    `{verdict="first"} ${status.first}`,
    `{verdict="duplicate"} ${status.duplicates}`,
  ]);
  metric('without_key_total', 'counter', 'Messages without a key, which passed.', [` ${status.withoutKey}`]);
  metric('worked_twice_total', 'counter', 'Messages that another receiver over the same store worked on too.', [
    ` ${status.workedTwice}`,
  ]);
  metric('forgotten_early_total', 'counter', 'Keys forgotten before their time because window.count was reached.', [
    ` ${status.forgottenEarly}`,
  ]);
  each('messages_total', 'counter', 'Messages that came from the source.', (source) => source.received);
  each('first_total', 'counter', 'Messages that the source delivered first.', (source) => source.first);
  each('repeated_total', 'counter', 'Messages that the source had already delivered.', (source) => source.repeated);
  each('missed_total', 'counter', 'Messages that did not come from the source in time.', (source) => source.missed);
  each('gap_messages_total', 'counter', 'Numbers that the source left out.', (source) => source.gaps);
  each('out_of_order_total', 'counter', 'Messages after a higher number.', (source) => source.outOfOrder);
  each('silent', 'gauge', 'Whether the source is silent.', (source) => (source.silent ? 1 : 0));
  metric('source_lag_seconds', 'summary', 'How long after the first copy that of the source came.', [
    ...status.sources.flatMap(lagSamples),
  ]);
  return `${lines.join('\n')}\n`;
}

function lagSamples({ source, lag }: SourceStatus): string[] {
  const label = `source=${quoted(source)}`;
  return [
    ...[
      ['0.5', lag.p50Ms],
      ['0.9', lag.p90Ms],
      ['0.99', lag.p99Ms],
    ].map(([quantile, ms]) => `{${label},quantile="${quantile}"} ${Number(ms) / 1000}`),
    `_sum{${label}} ${lag.sumMs / 1000}`,
    `_count{${label}} ${lag.count}`,
  ];
}

/** A label's value: backslash, quote and line feed are escaped. */
function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
