// npm run lab -- [NODES]: a platform over several machines made of namespaces, for a person to try; Ctrl-C removes it.
import { Lab } from '#libs/testing/lab/lab.js';

const nodes = Number(process.argv[2] ?? 3);
if (!Number.isInteger(nodes) || nodes < 1 || nodes > 20) {
  console.error('Say how many nodes, 1 to 20.');
  process.exit(2);
}
const ended = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
});
const alive = setInterval(() => undefined, 60_000);
console.log(`Starting ${nodes} nodes and a control plane …`);
const lab = await Lab.start({ nodes, say: (line) => console.log(line) });
try {
  const cluster = await lab.platform();
  const { user, password, apiKey, namespace } = cluster.credentials;
  console.log(`
API        ${cluster.apiUrls[0]}   (documentation at /docs)
user       ${user}   password ${password}   namespace ${namespace}
API key    ${apiKey}
           curl -u ${user}:${apiKey} ${cluster.apiUrls[0]}/api/app/v1/service/
logs       ${cluster.state.file('logs')}

Nodes, each with its own network and engine; any program of this machine can be run on them:
${lab.nodes.map((node) => entry(node.name, node.address, node.namespaces)).join('\n')}
${entry('client', lab.client.address, lab.client.namespaces)}   (outside of the cloud)

On a node, e.g.  ip route · nft list ruleset · ss -lntu · ping
Its engine       podman --url unix://${lab.node(1).engineSocket} ps
The images are localhost/pierhead/sample:latest and what you load. Ctrl-C removes everything.`);
  await ended;
  console.log('Removing the lab …');
} finally {
  clearInterval(alive);
  await lab.stop();
}

function entry(name: string, address: string, { net, mount }: { net: string; mount: string }): string {
  return `${name.padEnd(10)} ${address.padEnd(14)} nsenter --net=${net} --mount=${mount} bash`;
}
