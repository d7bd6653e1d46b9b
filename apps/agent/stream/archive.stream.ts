import type { ArchiveRequest } from '#libs/agent-protocol/generated/pierhead/agent/v1/agent.js';
import { DomainError } from '#libs/domain/error.js';
import { pathInside, type VolumeArchives } from '../storage/volume.archives.js';
import type { StreamChannelCall } from './stream.call.js';
import { sendContent, takeContent, type Limit } from './stream.content.js';

/** A volume's files out to the reader, or the reader's into the volume, as fast as the slower side goes. */
export async function carryArchive(
  call: StreamChannelCall,
  archives: VolumeArchives,
  request: ArchiveRequest,
): Promise<void> {
  const path = pathInside(request.path);
  await archives.use(request, async (volume) => {
    if (!request.write) return sendContent(call, await volume.read(path));
    await volume.check(path);
    return takeContent(call, (content) => volume.write(path, content), limitOf(request));
  });
  call.end();
}

const limitOf = ({ mostBytes }: ArchiveRequest): Limit | null =>
  mostBytes === undefined
    ? null
    : {
        mostBytes,
        refusal: () =>
          new DomainError(
            'quota',
            `The volume has room for ${mostBytes} more bytes; the archive is longer. What was unpacked before stays.`,
          ),
      };
