/** A duration as Pacemaker reads it: `20s`, or `1500ms` where seconds are not whole. It knows no days (lib/common/utils.c, `crm_get_msec`). */
export function pacemakerDuration(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}
