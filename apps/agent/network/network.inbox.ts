import type {
  NetworkState,
  ProjectNetwork as WireNetwork,
} from '#libs/agent-protocol/generated/pierhead/agent/v1/network.js';
import { type ProjectNetwork, projectNetworkFromWire, UnreadableNetwork } from './project.network.js';

export interface NetworkChange {
  generation: number;
  /** What is not in it is gone. */
  full: boolean;
  networks: ProjectNetwork[];
  removed: string[];
  /** Sentences on networks that can't be made as they were told. */
  problems: string[];
}

/** Puts the parts of one session's messages together. */
export class NetworkInbox {
  private networks: WireNetwork[] = [];
  private removed: string[] = [];

  /** Null when more parts follow. */
  receive({ generation, full, projects, removedProjects, more }: NetworkState): NetworkChange | null {
    this.networks.push(...projects);
    this.removed.push(...removedProjects);
    if (more) return null;
    const change: NetworkChange = { generation, full, networks: [], removed: this.removed, problems: [] };
    for (const wire of this.networks) {
      try {
        change.networks.push(projectNetworkFromWire(wire));
      } catch (error) {
        if (!(error instanceof UnreadableNetwork)) throw error;
        change.problems.push(error.message);
      }
    }
    this.networks = [];
    this.removed = [];
    return change;
  }
}
