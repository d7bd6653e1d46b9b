import { waitFor } from '#libs/launch/process/wait.js';
import { ThreeNodes, type Resident, type TestProject } from './support/three-nodes.js';

// real: three machines with Podman, the kernel's network, a machine outside; the test tells what is bound to what
const startMs = 90_000;

describe('public addresses on three nodes', () => {
  let world: ThreeNodes;
  let project: TestProject;
  let address: string;
  const at: Resident[] = [];

  beforeAll(async () => {
    world = await ThreeNodes.start([103, 104]);
    [project] = world.projects as [TestProject];
    for (const node of [0, 1]) at.push(await world.run(project, node, `web-${node}`));
    address = world.lab.client.address.replace(/\.\d+$/, '.200');
  }, startMs);
  afterAll(() => world?.stop(), startMs);

  const bind = async (resident: Resident | undefined, ports: number[] | null = null) => {
    project.published.length = 0;
    if (resident) project.published.push({ address, resident, ports });
    await world.tell();
  };
  const accept = [0, 1, 2, 4, 124, 143, 255];
  const asked = (target: string, port: number, path = '/cgi-bin/whoami') =>
    `printf 'GET ${path} HTTP/1.0\\r\\n\\r\\n' | timeout 3 busybox nc -w 2 ${target} ${port}`;
  /** What the web server at the address answers somebody outside. */
  const outside = async (port = 8080) =>
    (await world.lab.client.run('sh', ['-c', asked(address, port)], { accept })).stdout;
  /** The same web server, asked at its own address. */
  const own = async (resident: Resident) =>
    (await world.inside(resident, 'sh', '-c', asked(resident.address, 8080))).stdout;
  /** Which container answered; the rest of the page is the time. */
  const who = (answer: string) => /container: (\w+)/.exec(answer)?.[1] ?? '';

  it(
    'answer where their container runs, and follow it to another node',
    async () => {
      for (const resident of at) {
        await bind(resident);
        const wanted = who(await own(resident));
        expect(wanted).not.toBe('');
        await waitFor(async () => who(await outside()) === wanted, {
          what: `An answer of ${resident.name} at ${address}`,
          timeoutMs: 5_000,
          intervalMs: 50,
        });
      }
    },
    startMs,
  );

  it(
    'let what the container sends come from them',
    async () => {
      await bind(at[0]);
      const program = `require('net').createServer((s)=>{console.log(s.remoteAddress);process.exit(0)}).listen(7070,'0.0.0.0')`;
      const seen = world.lab.client.run(process.execPath, ['-e', program], { timeoutMs: 15_000 });
      await waitFor(
        async () =>
          (await world.inside(at[0]!, 'sh', '-c', `busybox nc -w 1 ${world.lab.client.address} 7070 </dev/null`))
            .code === 0,
        { what: 'A connection to the outside', timeoutMs: 10_000, intervalMs: 200 },
      );
      expect((await seen).stdout.replace('::ffff:', '').trim()).toBe(address);
    },
    startMs,
  );

  it(
    'open only the published ports where that was asked, and never a program of the node itself',
    async () => {
      const program = `require('net').createServer((s)=>s.end('node')).listen(7071,'0.0.0.0');setTimeout(()=>process.exit(0),20000)`;
      const listening = world.machine(0).run(process.execPath, ['-e', program], { timeoutMs: 30_000 });
      await bind(at[0], [8080]);
      await waitFor(async () => (await outside(8080)) !== '', {
        what: 'The web server',
        timeoutMs: 5_000,
        intervalMs: 50,
      });
      const toNode = `timeout 3 busybox nc -w 2 ${world.machine(0).address} 7071 </dev/null`;
      await waitFor(async () => (await world.lab.client.run('sh', ['-c', toNode], { accept })).stdout === 'node', {
        what: 'A program of the node, at the node’s own address',
        timeoutMs: 10_000,
        intervalMs: 100,
      });
      expect(await outside(7071)).toBe('');
      await bind(at[0], [9999]);
      expect(await outside(8080)).toBe('');
      void listening.catch(() => undefined);
    },
    startMs,
  );

  it(
    'serve other containers too, and stop answering when they are unbound',
    async () => {
      await bind(at[0]);
      const neighbour = await world.run(project, 0, 'neighbour');
      const stranger = await world.run(world.projects[1]!, 0, 'stranger');
      const wanted = who(await own(at[0]!));
      const answers = [];
      for (const from of [at[1]!, neighbour, stranger]) {
        answers.push([from.name, who((await world.inside(from, 'sh', '-c', asked(address, 8080))).stdout)]);
      }
      expect(answers).toEqual([at[1]!, neighbour, stranger].map(({ name }) => [name, wanted]));
      expect(await world.reaches(stranger, at[0]!.address)).toBe(false);
      await bind(undefined);
      expect(await outside()).toBe('');
    },
    startMs,
  );
});
