import { containerMac, nodeMac, probePort, vxlanPort } from '#apps/agent/network/overlay.names.js';
import { waitFor } from '#libs/launch/process/wait.js';
import { type Listener, type Resident, type TestProject, ThreeNodes } from './support/three-nodes.js';
import { vxlanPacket } from './support/vxlan-packet.js';

const startMs = 120_000;
const testMs = 60_000;
const port = 9_999;

const hex = (text: string) => Buffer.from(text).toString('hex');

describe('private networks over three nodes', () => {
  let world: ThreeNodes;
  let red: TestProject;
  let blue: TestProject;
  let attacker: Resident;
  const all: Resident[] = [];
  /** Of every container of the blue project, and of one red one on another node than the attacker's. */
  const heard = new Map<Resident, Listener>();

  beforeAll(async () => {
    world = await ThreeNodes.start([101, 102]);
    [red, blue] = world.projects as [TestProject, TestProject];
    for (const project of world.projects) {
      for (const at of [0, 1, 2]) all.push(await world.run(project, at, `${project.vni}-${at}`));
      all.push(await world.run(project, 0, `${project.vni}-0b`));
    }
    attacker = red.residents[0]!;
    for (const one of [...blue.residents, red.residents[1]!])
      heard.set(one, await world.listen(one, 'listen', `${port}`));
  }, startMs);
  afterAll(async () => {
    for (const listener of heard.values()) listener.stop();
    await world.stop();
  }, startMs);

  const on = (project: TestProject, at: number) => project.residents.find((one) => one.at === at)!;
  const linesOf = (resident: Resident) => heard.get(resident)?.lines ?? [];
  const allLines = () => [...heard.values()].flatMap(({ lines }) => lines);
  /** What was sent before has come, or never will: the same way carries packets of its own project. */
  const untilHeard = async (from: Resident, to: Resident, text: string) => {
    await world.packet(from, 'send', '-', to.address, `${port}`, hex(text));
    const arrived = () => linesOf(to).some((line) => line.endsWith(text));
    await waitFor(arrived, { what: `${text} arriving`, timeoutMs: 5_000, intervalMs: 10 });
  };
  const asAttacker = (...args: string[]) => world.inside(attacker, 'ip', ...args);

  it(
    'let every container reach every other of its project, on every node',
    async () => {
      const failed: string[] = [];
      for (const from of all) {
        for (const to of all.filter((one) => one !== from && one.project === from.project)) {
          if (!(await world.reaches(from, to.address))) failed.push(`${from.name} → ${to.name}`);
        }
      }
      expect(failed).toEqual([]);
      expect(await world.page(red.residents[0]!, red.residents[2]!.address)).toContain('It runs.');
    },
    testMs,
  );

  it(
    'let none reach any of another project, on the same node or another, both ways',
    async () => {
      const pairs = all.flatMap((from) => all.filter((to) => to.project !== from.project).map((to) => ({ from, to })));
      const reached = await Promise.all(pairs.map(({ from, to }) => world.reaches(from, to.address)));
      expect(pairs.filter((_, index) => reached[index])).toEqual([]);
      expect(pairs).toHaveLength(32);
      const gates = [blue.address(1), blue.address(2), blue.address(3)];
      const open = await Promise.all(gates.map((gate) => world.reaches(attacker, gate)));
      expect(open).toEqual([false, false, false]);
    },
    testMs,
  );

  it('show the sender’s own address, on the same node and on another', async () => {
    const [first, second] = [blue.residents[0]!, blue.residents[1]!];
    await untilHeard(blue.residents[3]!, first, 'near');
    await untilHeard(first, second, 'far');
    expect(linesOf(first)).toContain(`${blue.residents[3]!.address} near`);
    expect(linesOf(second)).toContain(`${first.address} far`);
  });

  it('reach the outside, under the node’s address', async () => {
    const { stdout } = await world.inside(attacker, 'busybox', 'ping', '-c', '1', '-W', '1', world.lab.client.address);
    expect(stdout).toContain('1 packets received');
  });

  it(
    'let nothing through that has a forged sender',
    async () => {
      const forged = [
        blue.residents[0]!.address,
        blue.residents[1]!.address,
        red.residents[2]!.address,
        blue.address(3),
        '192.0.2.77',
      ];
      for (const address of forged) await asAttacker('address', 'add', `${address}/32`, 'dev', 'eth0');
      try {
        for (const [index, source] of forged.entries()) {
          const targets = [...heard.keys()].map(({ address }) => address).join();
          await world.packet(attacker, 'send', source, targets, `${port}`, hex(`forged-${index}`));
        }
        await untilHeard(attacker, red.residents[1]!, 'after-forged');
        expect(allLines().filter((line) => / forged-/.test(line))).toEqual([]);
      } finally {
        for (const address of forged) await asAttacker('address', 'delete', `${address}/32`, 'dev', 'eth0');
      }
    },
    testMs,
  );

  it(
    'let nothing through by a route of the container’s own, past its gateway or by way of a node',
    async () => {
      const nodes = [red.address(1), red.address(2), red.address(3)];
      const targets = blue.residents.map(({ address }) => address).join();
      for (const via of [null, ...nodes]) {
        const way = via === null ? ['dev', 'eth0'] : ['via', via, 'dev', 'eth0', 'onlink'];
        await asAttacker('route', 'replace', blue.range, ...way);
        await world.packet(attacker, 'send', '-', targets, `${port}`, hex('routed'));
      }
      await asAttacker('route', 'delete', blue.range);
      await untilHeard(attacker, red.residents[1]!, 'after-rerouting');
      expect(allLines().filter((line) => line.includes('routed'))).toEqual([]);
    },
    testMs,
  );

  it(
    'let nobody use a neighbour’s address of another project, by announcing it',
    async () => {
      const victim = blue.residents[0]!;
      for (const { address } of blue.residents) {
        await asAttacker('address', 'add', `${address}/32`, 'dev', 'eth0');
        await world.inside(attacker, 'arping', '-q', '-U', '-c', '1', '-w', '1', '-I', 'eth0', address);
      }
      for (const { address } of blue.residents) await asAttacker('address', 'delete', `${address}/32`, 'dev', 'eth0');
      for (const { address } of blue.residents.slice(1)) expect(await world.reaches(victim, address)).toBe(true);
      await untilHeard(blue.residents[3]!, victim, 'still-ours');
    },
    testMs,
  );

  it(
    'take packets between nodes from nodes only',
    async () => {
      const target = blue.residents[1]!;
      const packet = (vni: number, source: string, text: string) =>
        vxlanPacket({ vni, mac: nodeMac(world.node(1).nodeId), source, target: target.address, port, text }).toString(
          'hex',
        );
      for (const [vni, source] of [
        [blue.vni, blue.residents[0]!.address],
        [red.vni, attacker.address],
      ] as const) {
        const machines = [0, 1, 2].map((at) => world.machine(at).address).join();
        const bytes = packet(vni, source, 'tunnelled');
        await world.packet(attacker, 'send', '-', machines, `${vxlanPort}`, bytes);
        await world.fromOutside('send', '-', machines, `${vxlanPort}`, bytes);
      }
      await untilHeard(blue.residents[0]!, target, 'after-tunnelled');
      expect(allLines().filter((line) => / tunnelled$/.test(line))).toEqual([]);
      // The same bytes from a node's own address are taken: it is the sender that was refused.
      await world.fromNode(
        0,
        'send',
        '-',
        world.machine(1).address,
        `${vxlanPort}`,
        packet(blue.vni, blue.residents[0]!.address, 'from-a-node'),
      );
      await waitFor(() => linesOf(target).some((line) => line.endsWith('from-a-node')), {
        what: 'It',
        timeoutMs: 5_000,
      });
    },
    testMs,
  );

  it(
    'keep containers from what agents say to each other',
    async () => {
      await waitFor(async () => (await world.node(0).probe()).filter(({ reachable }) => reachable).length === 2, {
        what: 'The probes of node 1',
        timeoutMs: 15_000,
        intervalMs: 200,
      });
      const question = `71${'00'.repeat(8)}`;
      for (const address of [red.address(1), red.address(2), red.address(3), world.machine(1).address]) {
        expect(await world.packet(attacker, 'ask', address, `${probePort}`, question)).toBe('silence');
      }
      expect(await world.fromNode(0, 'ask', red.address(3), `${probePort}`, question)).toBe(`61${'00'.repeat(8)}`);
    },
    testMs,
  );

  it(
    'keep an address that moves to another node, for everybody within a second',
    async () => {
      const peers = [red.residents[1]!, red.residents[2]!, red.residents[3]!];
      for (const [name, at] of [
        ['there', 1],
        ['and-back', 0],
      ] as const) {
        const { address } = attacker;
        // So that everybody remembers where it was.
        for (const peer of peers) expect(await world.reaches(peer, address)).toBe(true);
        await world.remove(attacker);
        const knocking = peers.map((peer) => world.packet(peer, 'knock', address, '8080'));
        attacker = await world.run(red, at, name, { address });
        const since = Date.now();
        const waited = (await Promise.all(knocking)).map((letIn) => Number(letIn) - since);
        const { stdout } = await world.inside(attacker, 'ip', '-o', 'link', 'show', 'eth0');
        expect(stdout).toContain(containerMac(address));
        expect({ name, late: waited.filter((ms) => !(ms < 1_000)) }).toEqual({ name, late: [] });
        expect(await world.reaches(attacker, peers[0]!.address)).toBe(true);
      }
    },
    testMs,
  );

  it(
    'go on while an agent is away and comes back',
    async () => {
      const [near, far] = [on(red, 0), on(red, 1)];
      const server = await world.listen(far, 'talk', '7777');
      const chat = world.packet(near, 'chat', far.address, '7777', '300');
      for (const at of [0, 1]) {
        await world.node(at).kill();
        await world.node(at).start();
      }
      const longest = Number(/longest (\d+)/.exec(await chat)?.[1]);
      expect(longest).toBeLessThan(500);
      server.stop();
      // What it kept is enough: nobody has told it anything yet.
      expect(await world.node(0).problems()).toEqual([]);
      expect(await world.reaches(on(blue, 0), on(blue, 2).address)).toBe(true);
      expect(await world.reaches(attacker, blue.residents[2]!.address)).toBe(false);
      await world.tell();
    },
    testMs,
  );

  it(
    'come back whatever somebody removes',
    async () => {
      const [near, far] = [on(red, 0), on(red, 1)];
      const node = world.machine(0);
      const table = async () => (await node.run('nft', ['list', 'tables'])).stdout;
      const broken: [string, string[]][] = [
        ['ip', ['route', 'delete', far.address, 'proto', '158']],
        ['ip', ['link', 'delete', 'dev', `phx${red.vni}`]],
        ['bridge', ['fdb', 'delete', nodeMac(world.node(1).nodeId), 'dev', `phx${red.vni}`]],
        ['sh', ['-c', `echo 0 > /proc/sys/net/ipv4/conf/phb${red.vni}/proxy_arp`]],
      ];
      for (const [command, args] of broken) {
        await node.run(command, args);
        await world.inside(near, 'ip', 'neigh', 'flush', 'dev', 'eth0');
        expect({ args, reached: await world.reaches(near, far.address) }).toEqual({ args, reached: false });
        await waitFor(() => world.reaches(near, far.address), {
          what: args.join(' '),
          timeoutMs: 8_000,
          intervalMs: 50,
        });
      }
      const name = /inet (pierhead_\w+)/.exec(await table())?.[1] ?? '';
      await node.run('nft', ['delete', 'table', 'inet', name]);
      await waitFor(async () => (await table()).includes(name), {
        what: 'The filter',
        timeoutMs: 8_000,
        intervalMs: 50,
      });
      expect(await world.reaches(attacker, blue.residents[2]!.address)).toBe(false);
    },
    testMs,
  );

  it(
    'leave nothing behind of a project that is gone',
    async () => {
      for (const one of [...blue.residents]) await world.remove(one);
      world.projects.splice(world.projects.indexOf(blue), 1);
      await world.tell();
      const left = async () =>
        (await world.machine(0).run('sh', ['-c', 'ip -o link; ip route; nft list ruleset'])).stdout;
      await waitFor(async () => !(await left()).match(new RegExp(`ph[bx]${blue.vni}\\b`)), {
        what: 'Nothing left',
        timeoutMs: 5_000,
      });
      expect(await left()).toContain(`phx${red.vni}`);
      expect(await left()).not.toContain(blue.range);
    },
    testMs,
  );
});
