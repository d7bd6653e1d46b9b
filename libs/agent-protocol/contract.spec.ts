import { PassThrough } from 'node:stream';
import { DomainError, errorCodes } from '#libs/domain/error.js';
import { dataFrames, maxDataBytes, splice } from './frame.js';
import { StreamChannel } from './generated/pierhead/agent/v1/agent.js';
import { formatJoinToken, parseJoinToken } from './join-token.js';
import { identityOf, nodeCommonName, platformCommonName } from './peer-identity.js';
import { fromServiceError, toServiceError } from './status.translate.js';

describe('join token', () => {
  const token = { tokenId: 'a1-b2', secret: 'S3cr_t-', caFingerprint: 'ab'.repeat(32) };

  it('is read back as it was written', () => {
    expect(parseJoinToken(`${formatJoinToken(token)}\n`)).toEqual(token);
  });

  it.each(['', 'pierhead-join', 'pierhead-join.a.b', `other.a.b.${'ab'.repeat(32)}`, 'pierhead-join.a.b.zz'])(
    'refuses %j without repeating it',
    (text) => {
      expect(() => parseJoinToken(text)).toThrow('This is not a join token.');
    },
  );
});

describe('peer identity', () => {
  it('tells nodes from platform processes and from anything else', () => {
    expect(identityOf(nodeCommonName('n1'))).toEqual({ kind: 'node', nodeId: 'n1' });
    expect(identityOf(platformCommonName('api'))).toEqual({ kind: 'platform', role: 'api' });
    for (const name of [undefined, '', 'api', 'node:', 'node:a:platform:gateway', 'other:x']) {
      expect(identityOf(name)).toBeNull();
    }
  });
});

describe('call status', () => {
  it.each([...errorCodes])('carries %s to the other side', (code) => {
    const arrived = fromServiceError(toServiceError(new DomainError(code, 'A sentence.')));
    expect([arrived.code, arrived.message]).toEqual([code, 'A sentence.']);
  });

  it('says nothing of an unexpected error', () => {
    expect(fromServiceError(toServiceError(new Error('password is x'))).message).toBe('The call failed.');
  });
});

describe('frames', () => {
  it('splits data and loses none', () => {
    const data = Buffer.alloc(maxDataBytes * 2 + 5, 7);
    const parts = [...dataFrames(StreamChannel.STDOUT, data)].map(({ frame }) =>
      frame?.$case === 'data' ? frame.value.data : Buffer.alloc(0),
    );
    expect(parts.map((part) => part.length)).toEqual([maxDataBytes, maxDataBytes, 5]);
    expect(Buffer.concat(parts).equals(data)).toBe(true);
  });

  it('reads no further than the other side takes', async () => {
    const from = new PassThrough({ objectMode: true, highWaterMark: 2 });
    const to = new PassThrough({ objectMode: true, highWaterMark: 2 });
    splice(from, to, () => to.end());
    let written = 0;
    while (written < 100 && from.write({ n: written })) {
      written += 1;
      await new Promise(setImmediate);
    }
    expect(written).toBeLessThan(10);
    from.end();
    let read = 0;
    for await (const _ of to) read += 1;
    expect(read).toBe(written + 1);
  });
});
