import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import {
  AgentDirectory,
  WakeUps,
  type AgentHello,
  type Assignment,
  type AssignmentBatch,
  type ContainerReport,
} from '#libs/core/agent/agent-directory.port.js';
import { NodeEnrollment } from '#libs/core/node/enrollment.port.js';
import type { ObservedContainer } from '#libs/domain/container/state.js';
import { DomainError } from '#libs/domain/error.js';
import type { FakeCertificateAuthority } from './certificate-authority.fake.js';

interface FakeNode {
  serial: string;
  revoked: boolean;
  epoch: number;
  gatewayId: string | null;
  hello: AgentHello | null;
  generation: number;
  applied: number;
  assignments: Map<string, { assignment: Assignment; at: number }>;
}

/** The platform as a gateway sees it, in memory; several gateways may share one. */
export class FakeAgentDirectory extends AgentDirectory {
  readonly nodes = new Map<string, FakeNode>();
  readonly observed = new Map<string, ObservedContainer>();
  /** Every stored report, in order. */
  readonly reports: (ContainerReport & { nodeId: string; epoch: number })[] = [];
  readonly gateways = new Map<string, string>();
  /** False: every call fails as if the database were away. */
  available = true;

  addNode(serial = '', nodeId: string = randomUUID()): string {
    const node = { serial, revoked: false, epoch: 0, gatewayId: null, hello: null, generation: 0, applied: 0 };
    this.nodes.set(nodeId, { ...node, assignments: new Map() });
    return nodeId;
  }

  /** The next generation of the node's set, with these in it. */
  assign(nodeId: string, ...assignments: Assignment[]): number {
    const node = this.node(nodeId);
    node.generation += 1;
    for (const assignment of assignments) {
      node.assignments.set(assignment.containerId, { assignment, at: node.generation });
    }
    return node.generation;
  }

  node(nodeId: string): FakeNode {
    const node = this.nodes.get(nodeId);
    if (!node) throw new DomainError('unauthenticated', 'This node is not known.');
    return node;
  }

  async openSession(nodeId: string, serial: string, gatewayId: string, hello: AgentHello): Promise<{ epoch: number }> {
    await this.pass();
    const node = this.node(nodeId);
    if (node.revoked || (node.serial && node.serial !== serial)) {
      throw new DomainError('unauthenticated', 'This node’s certificate is revoked or was replaced.');
    }
    Object.assign(node, { gatewayId, hello, epoch: node.epoch + 1 });
    return { epoch: node.epoch };
  }

  async touch(sessions: { nodeId: string; epoch: number }[]): Promise<{ nodeId: string; reason: string }[]> {
    await this.pass();
    return sessions.flatMap(({ nodeId, epoch }) => {
      const node = this.nodes.get(nodeId);
      if (!node || node.revoked) return [{ nodeId, reason: 'The node was revoked.' }];
      return node.epoch === epoch ? [] : [{ nodeId, reason: 'A newer session of this node exists.' }];
    });
  }

  async closeSession(nodeId: string, epoch: number): Promise<void> {
    await this.pass();
    const node = this.nodes.get(nodeId);
    if (node?.epoch === epoch) node.gatewayId = null;
  }

  async allAssignments(nodeId: string): Promise<AssignmentBatch> {
    await this.pass();
    const { generation, assignments } = this.node(nodeId);
    return { generation, assignments: [...assignments.values()].map(({ assignment }) => assignment) };
  }

  async assignmentsSince(nodeId: string, generation: number): Promise<AssignmentBatch | null> {
    await this.pass();
    const node = this.node(nodeId);
    if (node.generation <= generation) return null;
    const newer = [...node.assignments.values()].filter(({ at }) => at > generation);
    return { generation: node.generation, assignments: newer.map(({ assignment }) => assignment) };
  }

  async applied(nodeId: string, epoch: number, generation: number): Promise<void> {
    await this.pass();
    const node = this.node(nodeId);
    if (node.epoch === epoch) node.applied = Math.max(node.applied, generation);
  }

  async report(nodeId: string, epoch: number, reports: ContainerReport[]): Promise<void> {
    await this.pass();
    const node = this.node(nodeId);
    if (node.revoked || node.epoch !== epoch) throw new DomainError('stale', 'This session was replaced.');
    for (const report of reports) {
      this.reports.push({ ...report, nodeId, epoch });
      this.observed.set(report.containerId, report.observed);
      if (report.observed.state === 'removed') node.assignments.delete(report.containerId);
    }
  }

  async gatewayOf(nodeId: string): Promise<{ gatewayId: string; address: string } | null> {
    await this.pass();
    const gatewayId = this.nodes.get(nodeId)?.gatewayId;
    const address = gatewayId ? this.gateways.get(gatewayId) : undefined;
    return gatewayId && address ? { gatewayId, address } : null;
  }

  async announceGateway(gatewayId: string, address: string): Promise<void> {
    await this.pass();
    this.gateways.set(gatewayId, address);
  }

  private async pass(): Promise<void> {
    await Promise.resolve();
    if (!this.available) throw new DomainError('unavailable', 'The database does not answer.');
  }
}

export class FakeWakeUps extends WakeUps {
  private readonly emitter = new EventEmitter();

  wakeNode(nodeId: string): void {
    this.emitter.emit('node', nodeId);
  }

  onNode(listener: (nodeId: string) => void): () => void {
    return this.on('node', listener);
  }

  wakeEvents(organizationId: string): void {
    this.emitter.emit('events', organizationId);
  }

  onEvents(listener: (organizationId: string) => void): () => void {
    return this.on('events', listener);
  }

  private on(name: string, listener: (id: string) => void): () => void {
    this.emitter.on(name, listener);
    return () => this.emitter.off(name, listener);
  }
}

/** Redeems tokens that a test made, with certificates of a real authority. */
export class FakeNodeEnrollment extends NodeEnrollment {
  readonly tokens = new Map<string, string>();
  lifetimeMs = 3_600_000;
  renewals = 0;

  constructor(
    private readonly directory: FakeAgentDirectory,
    private readonly authority: FakeCertificateAuthority,
  ) {
    super();
  }

  async join(request: { tokenId: string; tokenSecret: string; csrPem: string }) {
    if (this.tokens.get(request.tokenId) !== request.tokenSecret) {
      throw new DomainError('unauthenticated', 'The join token is wrong, used, expired or revoked.');
    }
    this.tokens.delete(request.tokenId);
    const nodeId = randomUUID();
    const { certificatePem, serial } = await this.authority.signRequest(
      `node:${nodeId}`,
      request.csrPem,
      this.lifetimeMs,
    );
    this.directory.addNode(serial, nodeId);
    return { nodeId, certificatePem, caPem: this.authority.caPem };
  }

  async renew(nodeId: string, certificateSerial: string, csrPem: string) {
    const node = this.directory.node(nodeId);
    if (node.revoked || node.serial !== certificateSerial) {
      throw new DomainError('unauthenticated', 'The node’s certificate is no longer accepted.');
    }
    const { certificatePem, serial } = await this.authority.signRequest(`node:${nodeId}`, csrPem, this.lifetimeMs);
    node.serial = serial;
    this.renewals += 1;
    return { certificatePem, caPem: this.authority.caPem };
  }
}
