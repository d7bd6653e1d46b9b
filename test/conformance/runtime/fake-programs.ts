import type { FakePrograms } from '#libs/runtime/fake/fake-engine.js';
import type { FakeIo, FakeProgram } from '#libs/runtime/fake/fake-process.js';
import { setTimeout as delay } from 'node:timers/promises';

/** End of a program that a signal ended meanwhile. */
const sleep = (io: FakeIo, ms: number) => delay(ms, undefined, { signal: io.ended });

const cat = async (io: FakeIo) => {
  for await (const chunk of io.stdin) await io.write(chunk);
};

const outThenErr: (code: number) => FakeProgram = (code) => async (io) => {
  await io.write('out\n');
  await io.write('err\n', 'stderr');
  return code;
};

/** The harness's shell lines, as the fake engine's programs. */
const programs: Record<string, FakeProgram> = {
  true: () => Promise.resolve(0),
  cat: async (io) => (await cat(io), 0),
  env: async (io) => {
    for (const [name, value] of io.environment) await io.write(`${name}=${value}\n`);
    return 0;
  },
  'exit 7': () => Promise.resolve(7),
  'trap "" TERM; echo up; while :; do sleep 0.05; done': async (io) => {
    io.ignore('SIGTERM');
    await io.write('up\n');
    return new Promise(() => undefined);
  },
  'trap "exit 3" TERM; echo up; while :; do sleep 0.05; done': async (io) => {
    const stopped = io.onSignal('SIGTERM');
    await io.write('up\n');
    await stopped;
    return 3;
  },
  'echo one; echo bad >&2; sleep 0.2; echo two': async (io) => {
    await io.write('one\n');
    await io.write('bad\n', 'stderr');
    await io.write('two\n');
    return 0;
  },
  'echo one; sleep 0.3; echo two': async (io) => {
    await io.write('one\n');
    await sleep(io, 300);
    await io.write('two\n');
    return 0;
  },
  'echo one; sleep 1000': async (io) => {
    await io.write('one\n');
    return new Promise(() => undefined);
  },
  [`yes ${'0123456789'.repeat(12)} | head -n 30000`]: async (io) => {
    for (let lines = 0; lines < 30_000; lines += 500) await io.write(`${'0123456789'.repeat(12)}\n`.repeat(500));
    return 0;
  },
  'echo out; echo err >&2; exit 5': outThenErr(5),
  'echo out; echo err >&2; exit 4': outThenErr(4),
  'cat; echo done': async (io) => {
    await cat(io);
    await io.write('done\n');
    return 0;
  },
  'cat; echo done; exit 4': async (io) => (await cat(io), 4),
  'read go; stty size': async (io) => {
    for await (const _line of io.stdin) break;
    const { columns, rows } = io.size();
    await io.write(`${rows} ${columns}\r\n`);
    return 0;
  },
  'echo $WORD; pwd; id -u': async (io) => {
    await io.write(`${io.environment.get('WORD')}\n${io.workingDir}\n${io.user}\n`);
    return 0;
  },
};

export const fakePrograms: FakePrograms = ([program = '', , line = '']) => {
  if (program.startsWith('/no/such/')) return 'absent';
  return programs[program === 'sh' ? line : program];
};
