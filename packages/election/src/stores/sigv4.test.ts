import { expect, test } from 'vitest';
import { sha256, signed } from './sigv4.ts';

test('a request is signed as in the example of AWS’s documentation for S3 (GET Object)', () => {
  const url = new URL('https://examplebucket.s3.amazonaws.com/test.txt');
  const { authorization } = signed({
    method: 'GET',
    url,
    headers: { range: 'bytes=0-9', 'x-amz-content-sha256': sha256('') },
    body: '',
    region: 'us-east-1',
    service: 's3',
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' },
    now: new Date('2013-05-24T00:00:00Z'),
  });
  expect(authorization).toContain('Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41');
});

test('a session token is sent and signed', () => {
  const credentials = { accessKeyId: 'A', secretAccessKey: 'B', sessionToken: 'C' };
  const url = new URL('https://dynamodb.eu-central-1.amazonaws.com/');
  const headers = signed({
    method: 'POST',
    url,
    headers: {},
    body: '{}',
    region: 'r',
    service: 's',
    credentials,
    now: new Date(0),
  });
  expect(headers['x-amz-security-token']).toBe('C');
  expect(headers.authorization).toContain('SignedHeaders=host;x-amz-date;x-amz-security-token');
});
