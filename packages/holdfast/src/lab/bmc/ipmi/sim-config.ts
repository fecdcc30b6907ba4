import { shellQuote } from '../../../core/index.ts';

/** What OpenIPMI's simulator shall be: one BMC with one account. */
export interface SimulatedBmc {
  readonly address: string;
  readonly port: number;
  /**
   * At most 15 characters, and a password of at most 19: IPMI 2.0 has room for one more, but the simulator cuts it off without a word
   * (`read_bytes` in lanserv/config.c) and then refuses the login.
   */
  readonly account: { readonly username: string; readonly password: string };
  /** The program that switches the machine: called with `get power`, `set power 0`, … appended. Without a quotation mark. */
  readonly chassisProgram: string;
}

/**
 * The configuration that `ipmi_sim -c` reads; it holds the password. The account may switch power and no more. Sources: ipmi_lan(5)
 * and, for `chassis_control`, OpenIPMI's lanserv/config.c.
 */
export function simConfiguration({ address, port, account, chassisProgram }: SimulatedBmc): string {
  return `name "bmc"
set_working_mc 0x20
  startlan 1
    addr ${address} ${port}
    priv_limit admin
    allowed_auths_callback md5
    allowed_auths_user md5
    allowed_auths_operator md5
    allowed_auths_admin md5
    guid a123456789abcdefa123456789abcdef
  endlan
  chassis_control "${chassisProgram}"
  user 2 true "${account.username}" "${account.password}" operator 10 md5
`;
}

/** What `ipmi_sim -f` reads: one management controller, with nothing but its chassis. Source: ipmi_sim_cmd(5). */
export const simCommands = `mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr
mc_enable 0x20
`;

/** A program that runs `command` with what the simulator appends to it. */
export function chassisProgram(command: readonly string[]): string {
  return `#!/bin/sh\nexec ${command.map(shellQuote).join(' ')} "$@"\n`;
}
