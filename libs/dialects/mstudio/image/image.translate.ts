import type { z } from 'zod';
import type { ImageConfig } from '#libs/core/image/image-inspector.port.js';
import type { imageAnswer } from './image.wire.js';

const sensitive = /pass(?:word|wd|phrase)?|secret|token|api_?key|private_?key|credential/i;

/** A user's name says nothing of its number: -1 stands for one that only the image's own files know. */
export function toImage(config: ImageConfig): z.infer<typeof imageAnswer> {
  const [user = ''] = config.user.split(':');
  const userId = user === '' || user === 'root' ? 0 : /^\d+$/.test(user) ? Number(user) : -1;
  const told = { isAiGenerated: false } as const;
  return {
    digest: config.digest,
    user: user === '' ? 'root' : user,
    userId,
    isUserRoot: userId === 0,
    entrypoint: config.entrypoint,
    command: config.command,
    env: config.environment.map(({ name, value }) => ({
      key: name,
      value,
      isSensitive: sensitive.test(name),
      ...told,
    })),
    exposedPorts: config.ports.map((port) => ({ port: port.includes('/') ? port : `${port}/tcp`, ...told })),
    volumes: config.volumes.map((volume) => ({ volume, ...told })),
    hasAiGeneratedData: false,
    isAiAvailable: false,
  };
}
