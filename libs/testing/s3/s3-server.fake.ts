import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { verifySignature, type Account } from './s3-signature.js';

/** One request, for what is to go wrong with it. */
export interface S3Call {
  method: string;
  /** Empty of calls about the bucket. */
  key: string;
  query: URLSearchParams;
}

/** `hang`: no answer at all; a number: that status. */
export type S3Fault = 'hang' | number | null;

interface HalfDone {
  key: string;
  parts: Map<number, Buffer>;
}

const xml = (text: string) => text.replace(/[<>&'"]/g, (mark) => `&#${mark.charCodeAt(0)};`);

/**
 * A small store that speaks as much of the S3 protocol as backups need: one bucket, path-style, in memory. It lets
 * nobody in without a good signature over what was really sent.
 */
export class FakeS3Server {
  readonly account: Account = {
    accessKeyId: 'test-access-key',
    secretAccessKey: `secret-${randomUUID()}`,
    region: 'eu-test-1',
  };
  readonly bucket = 'backups';
  readonly objects = new Map<string, Buffer>();
  readonly uploads = new Map<string, HalfDone>();
  readonly calls: S3Call[] = [];
  /** Asked before each call is done. */
  fault: (call: S3Call) => S3Fault | Promise<S3Fault> = () => null;
  private readonly server: Server;

  private constructor(private readonly address: string) {
    this.server = createServer((request, response) => {
      this.serve(request, response).catch(() => response.destroy());
    });
  }

  static async start(address = '127.0.0.1'): Promise<FakeS3Server> {
    const store = new FakeS3Server(address);
    await new Promise<void>((resolve) => store.server.listen(0, address, resolve));
    return store;
  }

  /** `host:port` */
  get host(): string {
    return `${this.address}:${(this.server.address() as AddressInfo).port}`;
  }

  get endpoint(): string {
    return `http://${this.host}`;
  }

  /** As a target is given. */
  get target() {
    const { accessKeyId, secretAccessKey, region } = this.account;
    return {
      kind: 's3' as const,
      endpoint: this.endpoint,
      region,
      bucket: this.bucket,
      prefix: '',
      pathStyle: true,
      accessKeyId,
      secretAccessKey,
    };
  }

  keysBelow(prefix: string): string[] {
    return [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const url = new URL(request.url ?? '/', this.endpoint);
    const [, bucket = '', ...rest] = url.pathname.split('/');
    const call: S3Call = {
      method: request.method ?? '',
      key: rest.map(decodeURIComponent).join('/'),
      query: url.searchParams,
    };
    this.calls.push(call);
    const fault = await this.fault(call);
    if (fault === 'hang') return;
    if (fault !== null) return refuse(response, fault, fault >= 500 ? 'InternalError' : 'Fault');
    const verdict = verifySignature(request, body, this.account);
    if (verdict !== 'good') return refuse(response, 403, verdict);
    if (bucket !== this.bucket) return refuse(response, 404, 'NoSuchBucket');
    if (call.key === '') return this.ofBucket(call, response);
    return this.ofObject(call, body, response);
  }

  private ofBucket({ query }: S3Call, response: ServerResponse): void {
    const prefix = query.get('prefix') ?? '';
    if (query.has('uploads')) {
      const uploads = [...this.uploads].filter(([, { key }]) => key.startsWith(prefix));
      const text = uploads
        .map(([id, { key }]) => `<Upload><Key>${xml(key)}</Key><UploadId>${id}</UploadId></Upload>`)
        .join('');
      return answer(response, 'ListMultipartUploadsResult', `<IsTruncated>false</IsTruncated>${text}`);
    }
    // Two to a page, so that whoever forgets the others is found out.
    const after = query.get('continuation-token') ?? '';
    const left = this.keysBelow(prefix).filter((key) => key > after);
    const page = left.slice(0, 2);
    const text = page
      .map((key) => `<Contents><Key>${xml(key)}</Key><Size>${this.objects.get(key)?.length}</Size></Contents>`)
      .join('');
    const more = left.length > page.length;
    const next = more ? `<NextContinuationToken>${xml(page.at(-1) ?? '')}</NextContinuationToken>` : '';
    answer(response, 'ListBucketResult', `<IsTruncated>${more}</IsTruncated>${next}${text}`);
  }

  private ofObject({ method, key, query }: S3Call, body: Buffer, response: ServerResponse): void {
    const id = query.get('uploadId');
    const upload = id === null ? undefined : this.uploads.get(id);
    if (id !== null && !upload) return refuse(response, 404, 'NoSuchUpload');
    if (method === 'POST' && query.has('uploads')) {
      const begun = randomUUID();
      this.uploads.set(begun, { key, parts: new Map() });
      return answer(response, 'InitiateMultipartUploadResult', `<UploadId>${begun}</UploadId>`);
    }
    if (method === 'PUT' && upload) {
      upload.parts.set(Number(query.get('partNumber')), body);
      return stored(response, body);
    }
    if (method === 'POST' && upload && id !== null) {
      const numbers = [...body.toString().matchAll(/<PartNumber>(\d+)</g)].map((match) => Number(match[1]));
      this.objects.set(key, Buffer.concat(numbers.map((number) => upload.parts.get(number) ?? Buffer.alloc(0))));
      this.uploads.delete(id);
      return answer(response, 'CompleteMultipartUploadResult', `<Key>${xml(key)}</Key>`);
    }
    if (method === 'DELETE') {
      if (id === null) this.objects.delete(key);
      else this.uploads.delete(id);
      return void response.writeHead(204).end();
    }
    if (method === 'PUT') {
      this.objects.set(key, body);
      return stored(response, body);
    }
    const content = this.objects.get(key);
    if (!content) return refuse(response, 404, 'NoSuchKey');
    response
      .writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': content.length })
      .end(content);
  }
}

const stored = (response: ServerResponse, body: Buffer) =>
  void response.writeHead(200, { etag: `"${createHash('md5').update(body).digest('hex')}"` }).end();

const answer = (response: ServerResponse, root: string, inner: string) =>
  void response.writeHead(200, { 'content-type': 'application/xml' }).end(`<${root}>${inner}</${root}>`);

const refuse = (response: ServerResponse, status: number, code: string) =>
  void response
    .writeHead(status, { 'content-type': 'application/xml' })
    .end(`<Error><Code>${code}</Code><Message>It was refused.</Message></Error>`);
