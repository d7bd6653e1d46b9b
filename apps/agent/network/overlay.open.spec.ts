import { type CommandResult, KernelPort } from './kernel.port.js';
import { takeOver } from './overlay.open.js';

const nodeId = '11111111-0000-4000-8000-000000000000';
const tables = 'table inet filter\ntable inet pierhead_11111111\ntable inet pierhead_22222222\n';

class Kernel extends KernelPort {
  readonly deleted: string[] = [];
  constructor(private readonly links: string) {
    super();
  }
  run(command: string, args: readonly string[]): Promise<CommandResult> {
    if (args[0] === 'delete') this.deleted.push(args[3] ?? '');
    return Promise.resolve({ code: 0, stdout: command === 'ip' ? this.links : tables, stderr: '' });
  }
  readSetting = () => Promise.resolve(null);
  writeSetting = () => Promise.resolve();
}

describe('an agent that begins to make private networks', () => {
  it('removes the packet filter of a node that this machine was before, and no other', async () => {
    const kernel = new Kernel('7: veth0@if2: <UP> mtu 1500 master podman1 state UP');
    await takeOver(kernel, nodeId);
    expect(kernel.deleted).toEqual(['pierhead_22222222']);
  });

  it('leaves everything to another platform’s node while containers are on its bridges', async () => {
    const kernel = new Kernel('7: veth0@if2: <UP> mtu 1350 master phb1 state UP');
    await expect(takeOver(kernel, nodeId)).rejects.toThrow('another Pierhead node');
    expect(kernel.deleted).toEqual([]);
  });
});
