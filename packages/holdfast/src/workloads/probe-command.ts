import { shellQuote } from '../core/index.ts';
import type { Probe } from '../site/index.ts';

/**
 * The /bin/sh command that ends with 0 only when the workload gave a good answer in time. It stands in the CIB as the parameter
 * `probe` of ocf:holdfast:workload. Whatever cannot be found out is an error, so unhealthy.
 */
export function probeCommand(probe: Probe): string {
  const seconds = (probe.timeoutMs / 1000).toFixed(3);
  switch (probe.kind) {
    case 'http':
      // `-q` and --noproxy: no configuration file and no proxy of root's environment may answer in the workload's place.
      // The ` ok` tells a whole answer from one that was cut off after its status line.
      return (
        `case "$(curl -q --silent --globoff --noproxy '*' --proto '=http,https' --max-time ${seconds} --output /dev/null ` +
        `--write-out '%{http_code} %{size_download}' --url ${shellQuote(probe.url)} && echo ' ok')" in ` +
        `2[0-9][0-9]' '[1-9]*' ok') true ;; *) false ;; esac`
      );
    case 'tcp':
      // bash is essential in Debian; its /dev/tcp needs no other package.
      return `timeout ${seconds} bash -c 'exec 3<>"/dev/tcp/$0/$1"' ${shellQuote(probe.host)} ${probe.port}`;
    case 'command':
      return `timeout ${seconds} /bin/sh -c ${shellQuote(probe.command)}`;
  }
}
