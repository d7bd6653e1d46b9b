import type { z } from 'zod';
import type { ImageConfig } from '#libs/core/image/image-inspector.port.js';
import type { ImageAsker } from '#libs/core/image/image.queries.js';
import type { HttpRequest } from '../../kit/access/http-request.js';
import type { TenantOf } from '../../kit/access/tenant.decorator.js';
import { describePort, describeVariable, describeVolume, isSensitive } from './image.suggestions.js';
import type { imageAnswer, ImageQuery } from './image.wire.js';

const text = (request: HttpRequest, name: string): string | null => {
  const value = (request.query as Record<string, unknown> | undefined)?.[name];
  return typeof value === 'string' && value !== '' ? value : null;
};

/** The project or registry whose credentials are wanted is the one the call is about. */
export const tenantOfImage: TenantOf = (request) => {
  const registry = text(request, 'useCredentialsForRegistryId');
  if (registry) return (locator) => locator.locate('registry', registry.toLowerCase());
  const project = text(request, 'useCredentialsForProjectId');
  return project ? { kind: 'project', idOrNamespace: project } : null;
};

export function askerOf(query: ImageQuery): ImageAsker {
  const { useCredentialsForRegistryId: id, useCredentialsForProjectId: project } = query;
  if (id) return { as: 'registry', id: id.toLowerCase() };
  return { as: project ? 'project' : 'anybody' };
}

/** A user's name says nothing of its number: -1 stands for one that only the image's own files know. */
export function toImage(config: ImageConfig): z.infer<typeof imageAnswer> {
  const [user = ''] = config.user.split(':');
  const userId = user === '' || user === 'root' ? 0 : /^\d+$/.test(user) ? Number(user) : -1;
  const ports = config.ports.map((port) => (port.includes('/') ? port : `${port}/tcp`));
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
      isSensitive: isSensitive(name),
      ...told(describeVariable(name)),
    })),
    exposedPorts: ports.map((port) => ({ port, ...told(describePort(port)) })),
    volumes: config.volumes.map((volume) => ({ volume, ...told(describeVolume(volume)) })),
    hasAiGeneratedData: false,
    isAiAvailable: false,
  };
}

const told = (description: string | undefined) => ({
  isAiGenerated: false as const,
  ...(description === undefined ? {} : { description }),
});
