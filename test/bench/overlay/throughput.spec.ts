import { received } from './throughput.js';

describe('a report of iperf3', () => {
  it('gives what arrived, not what was sent', () => {
    const end = { sum_sent: { bits_per_second: 9e9 }, sum_received: { bits_per_second: 8.5e9 } };
    expect(received(JSON.stringify({ end }))).toBe(8.5);
  });

  it('is refused when it tells of a failure or of nothing', () => {
    expect(() => received('{"end":{},"error":"unable to connect to server"}')).toThrow('unable to connect');
    expect(() => received('{"end":{}}')).toThrow('nothing arrived');
  });
});
