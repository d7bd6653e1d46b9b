import fc from 'fast-check';
import { parseBytes } from '#libs/domain/quantity.js';
import { readCpus, readMount, readPort, writeCpus, writeMemory, writeMount, writePort } from './notation.translate.js';

const port = fc.integer({ min: 1, max: 65_535 });
const itself = (key: string) => key;

describe('notations', () => {
  it('of ports come back as they were given, in full', () => {
    fc.assert(
      fc.property(fc.option(port), port, fc.constantFrom('tcp', 'udp'), (outward, inward, protocol) => {
        const given = `${outward === null ? '' : `${outward}:`}${inward}/${protocol}`;
        const shown = outward === inward ? `${inward}/${protocol}` : given;
        expect(writePort(readPort('ports.0', given))).toBe(shown);
        expect(writePort(readPort('ports.0', shown))).toBe(shown);
      }),
    );
  });

  it('of mounts come back as they were given', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9_-]{0,20}$/);
    fc.assert(
      fc.property(name, fc.stringMatching(/^\/[a-z/]{0,20}$/), fc.boolean(), (volume, target, readOnly) => {
        const given = `${volume}:${target}${readOnly ? ':ro' : ''}`;
        expect(writeMount(readMount('volumes.0', given, itself))).toEqual([given]);
      }),
    );
  });

  it('of sizes and CPUs keep the amount', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 40 }), fc.integer({ min: 1, max: 1_024_000 }), (bytes, milli) => {
        expect(parseBytes('memory', writeMemory(bytes))).toBe(bytes);
        expect(readCpus('cpus', writeCpus(milli))).toBe(milli);
      }),
    );
  });

  it.each(['', '0', '70000/tcp', '80/sctp', 'a:80', '1:2:3', '80/'])('refuses the port %j', (text) =>
    expect(() => readPort('ports.0', text)).toThrow('is not a port'),
  );
  it.each(['', 'data', 'data:', 'data:relative', 'data:/a:rx', 'data:/a:ro:x'])('refuses the mount %j', (text) =>
    expect(() => readMount('volumes.0', text, itself)).toThrow('is not a mount'),
  );
  it.each(['/home/p-1/html:/var/www', './data:/x', '~/x:/y'])('has no place for the mount %j', (text) =>
    expect(() => readMount('volumes.0', text, itself)).toThrow('mount a named volume'),
  );
  it.each(['', '0', '-1', 'half', '1e3'])('refuses %j CPUs', (text) =>
    expect(() => readCpus('cpus', text)).toThrow('number of CPUs'),
  );
});
