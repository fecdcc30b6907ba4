import { drbd, type Example, given, replicated } from './configurations.fixture.ts';

const pair = (bad: Readonly<Record<string, string>>): Example => ({ bad: given(drbd(bad)), good: given(drbd()) });

export const drbdExamples: Readonly<Record<string, Example>> = {
  'HF-LINT-DRBD-NO-FENCING': pair({ fencing: '' }),
  'HF-LINT-DRBD-NO-HANDLER': pair({ 'fence-peer': '' }),
  'HF-LINT-DRBD-HANDLER-UNSURE': pair({ 'fence-peer': '"/usr/lib/drbd/crm-fence-peer.sh --timeout 60"' }),
  'HF-LINT-DRBD-DISCARDS': {
    bad: given(drbd({ 'after-sb-0pri': 'discard-younger-primary' })),
    good: given(drbd({ 'after-sb-0pri': 'discard-zero-changes' })),
  },
  'HF-LINT-DRBD-TWO-PRIMARIES': pair({ 'allow-two-primaries': 'yes' }),
  'HF-LINT-DRBD-ASYNCHRONOUS': pair({ protocol: 'A' }),
  'HF-LINT-DRBD-NO-AUTHENTICATION': pair({ 'cram-hmac-alg': '' }),
  'HF-LINT-DRBD-UNENCRYPTED': pair({ tls: '' }),
  'HF-LINT-DRBD-NO-VERIFY': pair({ 'verify-alg': '' }),
  'HF-LINT-DRBD-IO-ERROR': pair({ 'on-io-error': 'pass_on' }),
  'HF-LINT-DRBD-FLUSHES-OFF': pair({ 'disk-flushes': 'no' }),
  'HF-LINT-DRBD-PEER-HANGS': pair({ 'ko-count': '0' }),
  'HF-LINT-DRBD-PING': pair({ 'ping-timeout': '1' }),
  'HF-LINT-DRBD-PROMOTES-ITSELF': pair({ 'become-primary-on': 'both' }),
  'HF-LINT-DRBD-UNKNOWN': {
    bad: given(replicated(), drbd().replace('resource state', 'resource other')),
    good: given(replicated(), drbd()),
  },
  'HF-LINT-DRBD-HOSTS': { bad: given(replicated(), drbd({}, ['alpha', 'beta'])), good: given(replicated(), drbd()) },
};
