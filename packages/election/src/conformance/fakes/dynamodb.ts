import { at, parseJson, textAt } from '../../stores/json.ts';
import { type Fake, reply, serve } from './serve.ts';

/** GetItem and PutItem with the two condition expressions that an election uses; any other is refused. */
export function fakeDynamodb(): Promise<Fake> {
  const items = new Map<string, unknown>();
  return serve((asked) => {
    const authorised = /Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/dynamodb\/aws4_request/.test(
      asked.header('authorization') ?? '',
    );
    const fail = (type: string) =>
      reply(asked, 400, { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: type });
    if (!authorised) return fail('UnrecognizedClientException');
    const body = parseJson(asked.body);
    if (asked.header('x-amz-target') === 'DynamoDB_20120810.GetItem') {
      const item = items.get(textAt(body, 'Key', 'key', 'S') ?? '');
      return reply(asked, 200, item === undefined || at(body, 'ConsistentRead') !== true ? {} : { Item: item });
    }
    const key = textAt(body, 'Item', 'key', 'S') ?? '';
    const condition = textAt(body, 'ConditionExpression');
    const old = textAt(body, 'ExpressionAttributeValues', ':old', 'S');
    if (condition === 'attribute_not_exists(#key)') {
      if (items.has(key)) return fail('ConditionalCheckFailedException');
    } else if (condition === '#value = :old') {
      if (textAt(items.get(key), 'value', 'S') !== old) return fail('ConditionalCheckFailedException');
    } else {
      return fail('ValidationException');
    }
    items.set(key, at(body, 'Item'));
    reply(asked, 200, {});
  });
}
