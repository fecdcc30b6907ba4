/** A corosync.conf as Holdfast writes it: knet, encrypted, votequorum. Times are milliseconds. */
export interface CorosyncConf {
  readonly clusterName: string;
  readonly tokenMs: number;
  readonly consensusMs: number;
  /** In the order of their node ids, which count from 1. */
  readonly members: readonly CorosyncMember[];
  /**
   * `majority`: more than half of the members.
   * `two-node`: either member alone has quorum once both have seen each other; fencing decides who lives.
   * `qnetd`: two members and the vote of a corosync-qnetd host.
   */
  readonly quorum:
    | { readonly kind: 'majority' }
    | { readonly kind: 'two-node' }
    | { readonly kind: 'qnetd'; readonly device: QuorumDevice };
}

export interface CorosyncMember {
  readonly name: string;
  readonly nodeId: number;
  /** One address per link, link 0 first; the same number on every member. */
  readonly addresses: readonly string[];
}

export interface QuorumDevice {
  readonly host: string;
  /** How long votequorum waits for the device in normal times; the heartbeat to qnetd is 0.8 of it. */
  readonly timeoutMs: number;
  /** The same while the membership changes. */
  readonly syncTimeoutMs: number;
}
