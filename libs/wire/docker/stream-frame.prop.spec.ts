import fc from 'fast-check';
import { encodeFrame, StreamFrameDecoder, type StreamName } from './stream-frame.js';

const streams: StreamName[] = ['stdin', 'stdout', 'stderr', 'system'];
const frames = fc.array(
  fc.record({ stream: fc.constantFrom(...streams), data: fc.uint8Array({ minLength: 1, maxLength: 40 }) }),
  { maxLength: 20 },
);

it('comes out as it went in, however the stream is cut', () => {
  fc.assert(
    fc.property(frames, fc.array(fc.integer({ min: 1, max: 17 }), { minLength: 1, maxLength: 50 }), (sent, cuts) => {
      const bytes = Buffer.concat(sent.map(({ stream, data }) => encodeFrame(stream, data)));
      const decoder = new StreamFrameDecoder();
      const received: { stream: StreamName; byte: number }[] = [];
      for (let at = 0, cut = 0; at < bytes.length; cut += 1) {
        const end = at + (cuts[cut % cuts.length] ?? 1);
        for (const { stream, data } of decoder.push(bytes.subarray(at, end))) {
          for (const byte of data) received.push({ stream, byte });
        }
        at = end;
      }
      expect(received).toEqual(sent.flatMap(({ stream, data }) => [...data].map((byte) => ({ stream, byte }))));
      expect(decoder.atBoundary).toBe(true);
    }),
  );
});
