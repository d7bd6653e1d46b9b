import { decodeFrames, encodeFrame, StreamFrameDecoder, StreamFrameError } from './stream-frame.js';

describe('stream frames', () => {
  it('have the stream, three zeroes and the length before the payload', () => {
    expect(encodeFrame('stderr', Buffer.from('abc'))).toEqual(Buffer.from([2, 0, 0, 0, 0, 0, 0, 3, 97, 98, 99]));
    expect(encodeFrame('stdin', Buffer.alloc(0))).toEqual(Buffer.alloc(8));
  });

  it('hand a payload on before the frame is whole', () => {
    const decoder = new StreamFrameDecoder();
    const frame = encodeFrame('stdout', Buffer.from('abcdef'));
    expect(decoder.push(frame.subarray(0, 11))).toEqual([{ stream: 'stdout', data: Buffer.from('abc') }]);
    expect(decoder.atBoundary).toBe(false);
    expect(decoder.push(frame.subarray(11))).toEqual([{ stream: 'stdout', data: Buffer.from('def') }]);
    expect(decoder.atBoundary).toBe(true);
  });

  it('never reserve the length that a peer claims', () => {
    const decoder = new StreamFrameDecoder();
    const claim = Buffer.from([1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 120]);
    expect(decoder.push(claim)).toEqual([{ stream: 'stdout', data: Buffer.from('x') }]);
  });

  it('are told from a stream that has none', () => {
    expect(() => new StreamFrameDecoder().push(Buffer.from('plain text'))).toThrow(StreamFrameError);
    expect(() => new StreamFrameDecoder().push(Buffer.from([1, 1, 0, 0, 0, 0, 0, 0]))).toThrow(StreamFrameError);
  });

  it('are read from a source one chunk at a time', async () => {
    let pulled = 0;
    async function* source() {
      for (;;) {
        pulled += 1;
        yield await Promise.resolve(encodeFrame('stdout', Buffer.from('x')));
      }
    }
    for await (const frame of decodeFrames(source())) {
      expect(frame.data.toString()).toBe('x');
      if (pulled === 3) break;
    }
    expect(pulled).toBe(3);
  });
});
