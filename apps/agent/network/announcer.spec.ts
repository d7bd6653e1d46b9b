import { Announcer } from './announcer.js';
import { type CommandResult, KernelPort } from './kernel.port.js';

const setting = 'ipv4/ip_nonlocal_bind';

/** Answers after a turn; notes whether each command was allowed to speak for others. */
class Kernel extends KernelPort {
  value = '0';
  readonly sent: { line: string; allowed: boolean }[] = [];

  async run(command: string, args: readonly string[]): Promise<CommandResult> {
    this.sent.push({ line: [command, ...args].join(' '), allowed: this.value === '1' });
    await new Promise((resolve) => setImmediate(resolve));
    return { code: 124, stdout: '', stderr: '' };
  }

  readSetting(path: string): Promise<string | null> {
    return Promise.resolve(path === setting ? this.value : null);
  }

  writeSetting(_path: string, value: string): Promise<void> {
    this.value = value;
    return Promise.resolve();
  }
}

describe('the announcer', () => {
  it('speaks for others only while it does, however many at once, and leaves the setting as it was', async () => {
    const kernel = new Kernel();
    const announcer = new Announcer(kernel);
    for (let i = 0; i < 40; i += 1) announcer.announce('phb7', `10.64.0.${i}`, false);
    await announcer.idle();
    expect(kernel.sent).toHaveLength(40);
    expect(kernel.sent.every(({ allowed }) => allowed)).toBe(true);
    expect(kernel.sent[0]?.line).toBe('timeout 0.3 arping -q -U -c 1 -I phb7 -s 10.64.0.0 10.64.0.0');
    expect(kernel.value).toBe('0');
    announcer.announce('phb7', '10.64.0.99', false);
    await announcer.idle();
    expect(kernel.sent.at(-1)?.allowed).toBe(true);
    expect(kernel.value).toBe('0');
  });

  it('changes nothing on a machine that allows it anyway, or for its own addresses', async () => {
    const kernel = new Kernel();
    const announcer = new Announcer(kernel);
    announcer.announce('eth0', '192.0.2.1', true);
    await announcer.idle();
    expect(kernel.sent.map(({ allowed }) => allowed)).toEqual([false]);
    kernel.value = '1';
    announcer.announce('phb7', '10.64.0.1', false);
    await announcer.idle();
    expect(kernel.value).toBe('1');
  });
});
