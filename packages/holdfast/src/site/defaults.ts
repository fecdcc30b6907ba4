/** What a site file that says nothing means. In the site file's own notation, so that the JSON Schema shows the same. */
export const defaults = {
  timing: 'lan',
  /** Of `lan`, for own times that do not name one. */
  token: '1s',
  migrationThreshold: 3,
  failureTimeout: '2m',
  startTimeout: '60s',
  stopTimeout: '60s',
  probeInterval: '2s',
  probeTimeout: '2s',
  fencedMachine: 'restart',
  redfishPort: 443,
  drbdPort: 7789,
  ipmiPort: 623,
  ipmiPrivilege: 'operator',
  watchdogDevice: '/dev/watchdog',
  watchdogTimeout: '5s',
  /** A device behind which there is no other one is waited for. */
  lastLevelTimeout: '60s',
  earlierLevelTimeout: '15s',
  /** Writes a second: each outage is measured to 20 ms. */
  drillRate: 50,
} as const;

/** Milliseconds of the two timing profiles. Consensus is 1.2 × token, Corosync's own rule (corosync.conf(5), `consensus`). */
export const timingProfiles = {
  lan: { tokenMs: 1000, consensusMs: 1200, slowness: 1 },
  cloud: { tokenMs: 5000, consensusMs: 6000, slowness: 1 },
} as const;

/** The entry of the secrets file with the key that all Corosync members share: 256 random bytes in base64. */
export const corosyncKeySecret = 'corosync-authkey';

/** The entry with the words by which the two ends of DRBD know each other. */
export const drbdSecret = 'drbd-shared-secret';

/** The dangers that a site file may accept in words. */
export const acceptableRisks = [
  'no-fencing',
  'no-witness',
  'insecure-fencing-tls',
  'bmc-shares-power',
  'no-probe',
  'single-link',
  'clients-link-unwatched',
] as const;
