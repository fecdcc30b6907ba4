import { createHash } from 'node:crypto';
import { type Asked, type Fake, reply, serve } from './serve.ts';

/** How S3 and Azure Blob differ where an election touches them. */
export interface Dialect {
  readonly created: number;
  authorised(asked: Asked): boolean;
  /** The entity tag of the content: S3's is its MD5, Azure's a number of its own. */
  etag(content: string): string;
  /** The answer to If-None-Match: * where the object exists. */
  readonly exists: { readonly status: number; readonly code: string };
  /** The answer to If-Match where there is no object. */
  readonly gone: { readonly status: number; readonly code: string };
}

export const s3: Dialect = {
  created: 200,
  authorised: (asked) =>
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/s3\/aws4_request, SignedHeaders=\S*host;/.test(
      asked.header('authorization') ?? '',
    ),
  etag: (content) => `"${createHash('md5').update(content).digest('hex')}"`,
  exists: { status: 412, code: 'PreconditionFailed' },
  gone: { status: 404, code: 'NoSuchKey' },
};

let version = 0x8d0;

export const azureBlob: Dialect = {
  created: 201,
  authorised: (asked) => asked.url.searchParams.get('sig') === 'signature',
  etag() {
    version += 1;
    return `"0x${version.toString(16).toUpperCase()}"`;
  },
  exists: { status: 409, code: 'BlobAlreadyExists' },
  gone: { status: 412, code: 'ConditionNotMet' },
};

/** Objects with conditional writes, as both services document them. */
export function fakeObjects(dialect: Dialect): Promise<Fake> {
  const objects = new Map<string, { content: string; etag: string }>();
  return serve((asked) => {
    const object = objects.get(asked.url.pathname);
    const refuse = ({ status, code }: { status: number; code: string }) =>
      reply(asked, status, `<Error><Code>${code}</Code></Error>`, { 'x-ms-error-code': code });
    if (!dialect.authorised(asked)) return refuse({ status: 403, code: 'AccessDenied' });
    if (asked.method === 'GET') {
      return object
        ? reply(asked, 200, object.content, { etag: object.etag })
        : refuse({ status: 404, code: 'NoSuchKey' });
    }
    const ifMatch = asked.header('if-match');
    if (asked.header('if-none-match') === '*' && object) return refuse(dialect.exists);
    if (ifMatch !== undefined && !object) return refuse(dialect.gone);
    if (ifMatch !== undefined && object?.etag !== ifMatch) return refuse({ status: 412, code: 'ConditionNotMet' });
    const etag = dialect.etag(asked.body);
    objects.set(asked.url.pathname, { content: asked.body, etag });
    reply(asked, dialect.created, '', { etag });
  });
}
