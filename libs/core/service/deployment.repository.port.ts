import type { DeploymentKind, DeploymentState } from '#libs/domain/deployment/state.js';

export interface DeploymentRecord {
  id: string;
  organizationId: string;
  projectId: string;
  serviceId: string;
  actionId: string | null;
  kind: DeploymentKind;
  state: DeploymentState;
  fromRevision: number | null;
  toRevision: number;
  rollingBack: boolean;
  /** The most slots ever seen up in this direction. */
  progressSlots: number;
  message: string | null;
  startedAt: Date;
  lastProgressAt: Date | null;
  completeSince: Date | null;
  deadlineAt: Date;
  endedAt: Date | null;
  /** Handed to the containers that this deployment makes, and to no later ones. */
  environment: { name: string; value: string }[];
}

export interface DeploymentRepository {
  insert(...deployments: DeploymentRecord[]): Promise<void>;
  open(serviceId: string): Promise<DeploymentRecord | null>;
  /** Ends the service's open deployment, if any, as superseded or canceled; returns it. */
  endOpen(
    serviceId: string,
    state: 'superseded' | 'canceled',
    message: string,
    at: Date,
  ): Promise<DeploymentRecord | null>;
  /** Ends the open deployments of services that others take over; returns the actions that they belonged to. */
  supersede(services: { id: string; message: string }[], at: Date): Promise<string[]>;
  ofAction(actionId: string): Promise<DeploymentRecord[]>;
  list(projectId: string, serviceId: string, limit: number): Promise<DeploymentRecord[]>;
  update(deployment: DeploymentRecord): Promise<void>;
}
