import { NetworkDirectory, type NetworkView, type PeerProbe } from '#libs/core/network/network-directory.port.js';
import type { UnitOfWork } from '#libs/core/unit-of-work/unit-of-work.port.js';
import type { PostgresTransaction } from '../connection/postgres.transaction.js';
import { giveNodesAddresses, projectsOfNodes, readViews } from './network.view.js';

/** How often addresses that others took at the same moment are looked for anew. */
const attempts = 4;

export class PostgresNetworkDirectory extends NetworkDirectory {
  constructor(private readonly work: UnitOfWork) {
    super();
  }

  async projectsOf(nodeIds: string[]): Promise<string[]> {
    if (!nodeIds.length) return [];
    const rows = await this.work.platformRead((tx) => projectsOfNodes((tx as PostgresTransaction).sql, nodeIds));
    return rows.map((row) => row.id);
  }

  async views(projectIds: string[]): Promise<NetworkView[]> {
    if (!projectIds.length) return [];
    return this.work.platformRead(async (tx) => {
      const { sql } = tx as PostgresTransaction;
      let rows = await readViews(sql, projectIds);
      for (let attempt = 0; attempt < attempts; attempt += 1) {
        const wanted = rows.flatMap(({ projectId, nodes }) =>
          nodes.filter((node) => node.address === null).map(({ nodeId }) => ({ projectId, nodeId })),
        );
        if (!wanted.length) break;
        await giveNodesAddresses(sql, wanted);
        rows = await readViews(sql, projectIds);
      }
      return rows.map((row) => ({
        ...row,
        nodes: row.nodes.flatMap((node) => (node.address === null ? [] : [{ ...node, address: node.address }])),
      }));
    });
  }

  async noteBehind(nodeId: string, epoch: number, since: Date | null, problems: string[]): Promise<void> {
    await this.work.platform(async (tx) => {
      const row = await (tx as PostgresTransaction).sql.first<{ was: Date | null }>(
        'network-note-behind',
        `UPDATE node n SET network_behind_since = $3, network_problems = $4
           FROM (SELECT id, network_behind_since FROM node WHERE id = $1 FOR UPDATE) before
          WHERE n.id = before.id AND n.session_epoch = $2
            AND (n.network_behind_since IS DISTINCT FROM $3 OR n.network_problems IS DISTINCT FROM $4)
          RETURNING before.network_behind_since AS was`,
        [nodeId, epoch, since, problems],
      );
      // What waits for room is placed as soon as the node takes containers again.
      if (row?.was && !since) await tx.outbox.add([`node:${nodeId}`]);
    });
  }

  async noteProbes(nodeId: string, epoch: number, probes: PeerProbe[]): Promise<void> {
    await this.work.platform(async (tx) => {
      const { sql } = tx as PostgresTransaction;
      const current = await sql.first(
        'network-probe-session',
        `SELECT FROM node WHERE id = $1 AND session_epoch = $2`,
        [nodeId, epoch],
      );
      if (!current) return;
      await sql.query(
        'network-probe-forget',
        `DELETE FROM network_probe WHERE node_id = $1 AND peer_id <> ALL($2::uuid[])`,
        [nodeId, probes.map((probe) => probe.peerId)],
      );
      await sql.query(
        'network-probe-note',
        `INSERT INTO network_probe (node_id, peer_id, reachable, round_trip_ms, at)
         SELECT $1, r.peer_id, r.reachable, r.round_trip_ms, now()
           FROM jsonb_to_recordset($2::jsonb) AS r (peer_id uuid, reachable boolean, round_trip_ms double precision)
           JOIN node p ON p.id = r.peer_id AND p.id <> $1
         ON CONFLICT (node_id, peer_id) DO UPDATE
           SET reachable = excluded.reachable, round_trip_ms = excluded.round_trip_ms, at = excluded.at`,
        [
          nodeId,
          JSON.stringify(
            probes.map((probe) => ({
              peer_id: probe.peerId,
              reachable: probe.reachable,
              round_trip_ms: probe.roundTripMs,
            })),
          ),
        ],
      );
    });
  }
}
