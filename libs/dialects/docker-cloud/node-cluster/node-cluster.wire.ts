import { z } from 'zod';
import { tagsWire } from '../node/node.wire.js';
import { ignored } from '../service/service.wire.js';

const readOnly = ignored([
  'actions',
  'current_num_nodes',
  'deployed_datetime',
  'destroyed_datetime',
  'dockercloud_action_uri',
  'nodes',
  'resource_uri',
  'state',
  'uuid',
]);

const common = {
  nickname: z.string().max(128).nullish(),
  tags: tagsWire.nullish(),
  target_num_nodes: z.int().min(0).max(10_000).nullish(),
};

export const nodeClusterCreateWire = z.strictObject({
  ...readOnly,
  ...common,
  name: z.string().min(1).max(128),
  node_type: z.string().max(512).nullish(),
  region: z.string().max(512).nullish(),
  disk: z.int().min(0).nullish(),
  provider_options: z.record(z.string(), z.unknown()).nullish(),
});
export type NodeClusterCreation = z.output<typeof nodeClusterCreateWire>;

export const nodeClusterUpdateWire = z.strictObject({
  ...readOnly,
  ...ignored(['name', 'node_type', 'region', 'disk', 'provider_options']),
  ...common,
});
export type NodeClusterChanges = z.output<typeof nodeClusterUpdateWire>;
