export interface VolumeRecord {
  id: string;
  organizationId: string;
  projectId: string;
  name: string;
  /** `local` volumes live on one node, chosen when a container first uses them. */
  driver: 'local';
  nodeId: string | null;
  labels: Record<string, string>;
  createdAt: Date;
  rowVersion: number;
}

export interface VolumeRepository {
  /** `conflict` when the project has a volume of that name. */
  insert(volume: VolumeRecord): Promise<void>;
  get(projectId: string, nameOrId: string): Promise<VolumeRecord | null>;
  list(projectId: string, limit: number, offset: number): Promise<{ rows: VolumeRecord[]; total: number }>;
  /** Names of living services and containers that mount it. */
  users(projectId: string, name: string): Promise<string[]>;
  delete(id: string): Promise<void>;
  byNames(projectId: string, names: string[]): Promise<VolumeRecord[]>;
  pin(id: string, nodeId: string): Promise<void>;
}
