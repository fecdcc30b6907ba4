import { HoldfastError } from '../core/index.ts';
import type { DeviceContent } from './facts.ts';

/**
 * What lies on a device, in one word that a person can type: `empty`, `ext4:<uuid>`, `gpt:<id>`, `unknown:<fingerprint>`.
 * It names the content and not only the device, so that permission to destroy one thing is none for another.
 */
export function describeContent(content: DeviceContent): string {
  switch (content.kind) {
    case 'empty':
      return 'empty';
    case 'filesystem':
      return `${content.type}:${content.uuid}`;
    case 'signature':
      return `${content.type}:${content.id}`;
    case 'unknown':
      return `unknown:${content.fingerprint}`;
  }
}

/** Permission to destroy what is on a device, given by name. */
export interface FormatPermission {
  /** The machine whose device it is. Absent: where one alone holds that, or all see one device. */
  readonly host?: string;
  readonly device: string;
  readonly content: string;
}

/** Reads `--format [HOST:]DEVICE@CONTENT`. Throws HF-PLAN-FORMAT-ARGUMENT. */
export function readFormatPermission(argument: string): FormatPermission {
  const [, host, device, content] = /^(?:([\w.-]+):)?(\/[^@]+)@(\S+)$/.exec(argument) ?? [];
  if (device !== undefined && content !== undefined) {
    return host === undefined ? { device, content } : { host, device, content };
  }
  throw new HoldfastError({
    code: 'HF-PLAN-FORMAT-ARGUMENT',
    message: `--format ${argument} does not say what may be destroyed.`,
    remedy:
      'Write --format HOST:DEVICE@CONTENT as `holdfast plan` names it, such as --format bravo:/dev/sdb@ext4:7d1c….',
    source: 'user',
  });
}
