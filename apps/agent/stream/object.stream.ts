import { Readable } from 'node:stream';
import { frames } from '#libs/agent-protocol/frame.js';
import { ObjectVerb, type ObjectRequest } from '#libs/agent-protocol/generated/pierhead/agent/v1/agent.js';
import { DomainError } from '#libs/domain/error.js';
import type { ShareObjects } from '../shares/share.objects.js';
import type { StreamChannelCall } from './stream.call.js';
import { sendContent, takeContent } from './stream.content.js';

/** Files on a share in and out, their list, and their removal. */
export async function carryObject(
  call: StreamChannelCall,
  objects: ShareObjects | null,
  request: ObjectRequest,
): Promise<void> {
  if (!objects) throw new DomainError('unavailable', 'This node keeps no file shares.');
  switch (request.verb) {
    case ObjectVerb.PUT:
      await takeContent(call, (content) => objects.put(request, content));
      break;
    case ObjectVerb.GET:
      await sendContent(call, await objects.get(request));
      break;
    case ObjectVerb.LIST:
      await sendContent(call, Readable.from(lines(objects.list(request)), { objectMode: false }));
      break;
    case ObjectVerb.CLEAR:
      await objects.clear(request);
      await call.send(frames.opened());
      await call.send(frames.exit(0));
      break;
    default:
      throw new DomainError('unsupported', 'This node’s agent does not know what is to be done with an object.');
  }
  call.end();
}

async function* lines(found: AsyncIterable<object>): AsyncGenerator<Buffer> {
  for await (const one of found) yield Buffer.from(`${JSON.stringify(one)}\n`);
}
