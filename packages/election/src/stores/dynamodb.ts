import type { LeaseStore } from '../store.ts';
import { denied, failed, type HttpResponse, httpClient } from './http.ts';
import { at, parseJson, textAt } from './json.ts';
import { type AwsCredentialSource, current, signed } from './sigv4.ts';

export interface DynamodbOptions {
  /** A table whose partition key is the string `key`, with no sort key. */
  readonly table: string;
  readonly key: string;
  readonly region: string;
  readonly credentials: AwsCredentialSource;
  readonly endpoint?: string;
}

/**
 * An item in DynamoDB, by condition expressions
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ConditionExpressions.html).
 * In one region: a global table merges writes of two regions, and knows no condition between them. The item must have no
 * time to live.
 */
export function dynamodbStore(options: DynamodbOptions): LeaseStore {
  const { table, key, region } = options;
  const url = new URL(options.endpoint ?? `https://dynamodb.${region}.amazonaws.com/`);
  const name = `DynamoDB at ${url.host}, item ${key} of ${table}`;
  const client = httpClient();

  async function call(action: string, request: unknown, signal: AbortSignal): Promise<HttpResponse> {
    const body = JSON.stringify(request);
    const credentials = await current(options.credentials);
    const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `DynamoDB_20120810.${action}` };
    const signing = { method: 'POST', url, headers, body, region, service: 'dynamodb', credentials, now: new Date() };
    return client.send({ method: 'POST', url, headers: signed(signing), body, signal });
  }

  return {
    name,
    async read(signal) {
      const response = await call(
        'GetItem',
        { TableName: table, Key: { key: { S: key } }, ConsistentRead: true },
        signal,
      );
      if (response.status !== 200) throw refusal(name, response);
      const item = at(parseJson(response.body), 'Item');
      if (item === undefined) return undefined;
      const value = textAt(item, 'value', 'S') ?? String(JSON.stringify(item));
      return { revision: value, value };
    },
    async write(value, ifRevision, signal) {
      // No content is ever written twice, so the content is its own revision.
      const condition =
        ifRevision === undefined
          ? { ConditionExpression: 'attribute_not_exists(#key)', ExpressionAttributeNames: { '#key': 'key' } }
          : {
              ConditionExpression: '#value = :old',
              ExpressionAttributeNames: { '#value': 'value' },
              ExpressionAttributeValues: { ':old': { S: ifRevision } },
            };
      const item = { key: { S: key }, value: { S: value } };
      const response = await call('PutItem', { TableName: table, Item: item, ...condition }, signal);
      if (response.status === 200) return { ok: true, revision: value };
      if (typeOf(response) === 'ConditionalCheckFailedException') return { ok: false };
      throw refusal(name, response);
    },
    close: () => client.close(),
  };
}

function typeOf(response: HttpResponse): string {
  return (textAt(parseJson(response.body), '__type') ?? '').replace(/^.*#/, '');
}

const DENIED = new Set([
  'AccessDeniedException',
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'IncompleteSignatureException',
  'MissingAuthenticationTokenException',
  'ExpiredTokenException',
]);

function refusal(name: string, response: HttpResponse) {
  const detail = `HTTP ${response.status} ${response.body.slice(0, 200)}`;
  return DENIED.has(typeOf(response)) ? denied(name, detail) : failed(name, detail);
}
