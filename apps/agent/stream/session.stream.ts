import { frames, writable } from '#libs/agent-protocol/frame.js';
import { StreamChannel } from '#libs/agent-protocol/generated/pierhead/agent/v1/agent.js';
import type { RuntimeSession } from '#libs/runtime/session.js';
import { channelOf } from './logs.stream.js';
import type { StreamChannelCall } from './stream.call.js';

/** Carries a process's three streams both ways until it ends; drops it when the reader leaves. */
export async function runSession(call: StreamChannelCall, session: RuntimeSession): Promise<void> {
  const drop = () => session.close();
  if (call.signal.aborted) drop();
  call.signal.addEventListener('abort', drop, { once: true });
  try {
    await call.send(frames.opened());
    void feed(call, session).catch(drop);
    for await (const frame of session.output) await call.sendData(channelOf[frame.stream], frame.data);
    await call.send(frames.exit(await call.orGone(session.exitCode())));
    call.end();
  } finally {
    call.signal.removeEventListener('abort', drop);
    session.close();
  }
}

/** What the reader sends: input, its end, and the terminal's size. Reads no further than the process does. */
async function feed(call: StreamChannelCall, session: RuntimeSession): Promise<void> {
  const { stdin } = session;
  stdin.on('error', () => undefined); // a process may end without reading its input
  for await (const { frame } of call.incoming) {
    if (frame?.$case === 'data' && frame.value.channel === StreamChannel.STDIN) {
      if (!stdin.writableEnded && !stdin.destroyed && !stdin.write(frame.value.data)) await writable(stdin);
    } else if (frame?.$case === 'end' && frame.value.channel === StreamChannel.STDIN) {
      stdin.end();
    } else if (frame?.$case === 'resize') {
      await session.resize(frame.value.columns, frame.value.rows);
    }
  }
  if (!stdin.writableEnded) stdin.end();
}
