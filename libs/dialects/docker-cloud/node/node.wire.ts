import { z } from 'zod';
import { ignored } from '../service/service.wire.js';

/** A tag is `{"name": text}`; a bare text is taken as one. */
export const tagsWire = z
  .array(
    z.union(
      [
        z.string().min(1).max(128),
        z
          .strictObject({ name: z.string().min(1).max(128), origin: z.unknown().optional() })
          .transform((tag) => tag.name),
      ],
      'A tag is {"name": text}.',
    ),
  )
  .max(64);

export const nodeUpdateWire = z.strictObject({
  ...ignored([
    'actions',
    'availability_zone',
    'cpu',
    'current_num_containers',
    'deployed_datetime',
    'destroyed_datetime',
    'disk',
    'docker_execdriver',
    'docker_graphdriver',
    'docker_version',
    'dockercloud_action_uri',
    'external_fqdn',
    'last_seen',
    'memory',
    'node_type',
    'public_ip',
    'region',
    'resource_uri',
    'state',
    'tunnel',
    'uuid',
  ]),
  nickname: z.string().min(1).max(128).nullish(),
  tags: tagsWire.nullish(),
  /** Moves the node into a cluster; null takes it out. */
  node_cluster: z.string().max(512).nullish(),
});
export type NodeChanges = z.output<typeof nodeUpdateWire>;
