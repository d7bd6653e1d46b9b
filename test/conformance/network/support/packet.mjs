// Runs inside a container's network, outside of everything that is tested:
//   packet.mjs listen PORT                    prints "SOURCE TEXT" for every datagram, "ready" first
//   packet.mjs send SOURCE TARGETS PORT HEX   one datagram each; SOURCE "-" is the container's own
//   packet.mjs ask TARGET PORT HEX            one datagram; prints the answer, or "silence"
//   packet.mjs knock TARGET PORT              TCP, ever again; prints when it was let in first, in ms since the epoch
//   packet.mjs resolve SERVER NAME [TYPE]     prints the sorted answers, or the error's code
//   packet.mjs chat TARGET PORT COUNT         TCP: COUNT lines, each answered before the next; prints the longest gap
//   packet.mjs talk PORT                      TCP: answers each line
import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';

const [, , verb, ...args] = process.argv;

if (verb === 'listen') {
  const socket = createSocket('udp4');
  socket.on('message', (message, from) => console.log(`${from.address} ${message.toString()}`));
  socket.bind(Number(args[0]), () => console.log('ready'));
} else if (verb === 'send') {
  const [source, targets, port, hex] = args;
  const socket = createSocket('udp4');
  const send = (target) =>
    new Promise((resolve) => socket.send(Buffer.from(hex, 'hex'), Number(port), target, (error) => resolve(error)));
  socket.bind(0, source === '-' ? undefined : source, async () => {
    for (const target of targets.split(',')) {
      const error = await send(target);
      if (error) console.log(error.code);
    }
    socket.close();
  });
} else if (verb === 'ask') {
  const [target, port, hex] = args;
  const socket = createSocket('udp4');
  const late = setTimeout(() => end('silence'), 700);
  const end = (text) => {
    console.log(text);
    clearTimeout(late);
    socket.close();
  };
  socket.once('message', (message) => end(message.toString('hex')));
  socket.once('error', () => undefined);
  socket.send(Buffer.from(hex, 'hex'), Number(port), target);
} else if (verb === 'knock') {
  const until = Date.now() + 15_000;
  const knock = () => {
    const socket = connect({ host: args[0], port: Number(args[1]), timeout: 100 });
    let answered = false;
    socket.once('connect', () => {
      answered = true;
      console.log(Date.now());
      socket.destroy();
    });
    socket.once('timeout', () => socket.destroy());
    socket.on('error', () => undefined);
    socket.once('close', () => {
      if (!answered && Date.now() < until) setTimeout(knock, 20);
    });
  };
  knock();
} else if (verb === 'resolve') {
  const resolver = new Resolver({ timeout: 1000, tries: 3 });
  resolver.setServers([args[0]]);
  const found = await resolver.resolve(args[1], args[2] ?? 'A').catch((error) => error.code);
  console.log(Array.isArray(found) ? found.sort().join(' ') : found);
} else if (verb === 'talk') {
  const server = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
  server.listen(Number(args[0]), () => console.log('ready'));
} else if (verb === 'chat') {
  const socket = connect(Number(args[1]), args[0]);
  socket.setNoDelay(true);
  let [sent, longest, at] = [0, 0, 0];
  const say = () => {
    at = performance.now();
    socket.write(`${++sent}\n`);
  };
  socket.once('connect', say);
  createInterface({ input: socket }).on('line', () => {
    longest = Math.max(longest, performance.now() - at);
    if (sent < Number(args[2])) setTimeout(say, 10);
    else socket.end(() => console.log(`longest ${Math.round(longest)}`));
  });
}
