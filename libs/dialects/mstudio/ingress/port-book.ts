import type { StackWorkload } from '#libs/core/stack/workload.queries.js';
import type { PortMapping } from '#libs/domain/container/template.js';
import { outwardOf } from '../service/notation.translate.js';

/**
 * A service that exposes `8080:80/tcp` is named by its first number in this API, and reached by its second in a
 * project's network. What a service does not declare is the same both ways.
 */
export class PortBook {
  private readonly ports: Map<string, PortMapping[]>;

  constructor(stacks: readonly StackWorkload[]) {
    const services = stacks.flatMap((stack) => stack.services);
    this.ports = new Map(services.map(({ id, spec }) => [id, spec.template.ports.filter(isTcp)]));
  }

  /** The container's port for one that a client names. */
  inward(serviceId: string, port: number): number {
    return this.of(serviceId).find((each) => outwardOf(each) === port)?.containerPort ?? port;
  }

  /** How clients know a port of the containers. */
  outward(serviceId: string, port: number): number {
    const mapping = this.of(serviceId).find(({ containerPort }) => containerPort === port);
    return (mapping && outwardOf(mapping)) ?? port;
  }

  private of(serviceId: string): PortMapping[] {
    return this.ports.get(serviceId) ?? [];
  }
}

const isTcp = ({ protocol }: PortMapping): boolean => protocol === 'tcp';
