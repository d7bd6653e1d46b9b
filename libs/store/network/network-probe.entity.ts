import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { NodeEntity } from '../node/node.entity.js';

/** The latest self-test of the way from one node to another. */
@Entity({ name: 'network_probe' })
@ForeignKey(() => NodeEntity, ['nodeId'], ['id'], { name: 'network_probe_node_fkey', onDelete: 'CASCADE' })
@ForeignKey(() => NodeEntity, ['peerId'], ['id'], { name: 'network_probe_peer_fkey', onDelete: 'CASCADE' })
export class NetworkProbeEntity {
  @PrimaryColumn({ name: 'node_id', type: 'uuid', primaryKeyConstraintName: 'network_probe_pkey' })
  nodeId!: string;

  @PrimaryColumn({ name: 'peer_id', type: 'uuid', primaryKeyConstraintName: 'network_probe_pkey' })
  peerId!: string;

  @Column({ type: 'boolean' })
  reachable!: boolean;

  @Column({ name: 'round_trip_ms', type: 'double precision', nullable: true })
  roundTripMs!: number | null;

  @Column({ type: 'timestamptz' })
  at!: Date;
}
