import type { IdleService, Member, ProjectNetwork } from '../network/project.network.js';

/** What a name means to one container: the containers that have it, or nothing of its project. */
export type Meaning = readonly Member[] | null;

/**
 * The names of one project, as its containers may use them (docs/guides/networking.md). Names are lower case and
 * without a dot at the end. A name that exists but whose containers do not answer has a meaning all the same.
 */
export class NameBook {
  private readonly byAddress = new Map<string, Member>();
  /** Of those without a service. */
  private readonly standalone = new Map<string, Member[]>();
  private readonly ofServices = new Map<string, Member[]>();
  /** `stack/service` and `stack/service-N`; the stack is empty for what is in none. */
  private readonly inStack = new Map<string, Member[]>();
  /** `service` and `service-N` of every stack, to tell whether only one stack has it. */
  private readonly anywhere = new Map<string, { stacks: Set<string>; members: Member[] }>();
  private readonly byService = new Map<string, Member[]>();
  private readonly stacks = new Set<string>();

  constructor({ members, idleServices }: Pick<ProjectNetwork, 'members' | 'idleServices'>) {
    for (const member of members) this.enter(member);
    for (const service of idleServices) this.enterIdle(service);
  }

  /** The container that has the address. */
  at(address: string): Member | undefined {
    return this.byAddress.get(address);
  }

  /**
   * First the asking container's own links, then its stack, then what is in no stack, then names with their stack,
   * then what only one stack of the project has, and last the names that services' containers have themselves.
   */
  find(asker: Member, name: string): Meaning {
    return (
      this.linked(asker, name) ??
      (asker.stackName ? this.inStack.get(`${lower(asker.stackName)}/${name}`) : undefined) ??
      this.inStack.get(`/${name}`) ??
      this.standalone.get(name) ??
      this.qualified(name) ??
      this.unambiguous(name) ??
      this.ofServices.get(name) ??
      null
    );
  }

  /** True when the name ends like one of the project's: nobody else is asked for it. */
  isOwn(name: string): boolean {
    return !name.includes('.') || this.stacks.has(name.slice(name.lastIndexOf('.') + 1));
  }

  private linked(asker: Member, name: string): Member[] | undefined {
    for (const { alias, serviceId } of asker.links) {
      const members = this.byService.get(serviceId) ?? [];
      const wanted = lower(alias);
      if (name === wanted) return members;
      const numbered = members.filter(({ ordinal }) => name === `${wanted}-${ordinal}`);
      if (numbered.length > 0) return numbered;
    }
    return undefined;
  }

  private qualified(name: string): Member[] | undefined {
    const dot = name.lastIndexOf('.');
    return dot < 0 ? undefined : this.inStack.get(`${name.slice(dot + 1)}/${name.slice(0, dot)}`);
  }

  private unambiguous(name: string): Member[] | undefined {
    const found = this.anywhere.get(name);
    return found?.stacks.size === 1 ? found.members : undefined;
  }

  private enterIdle({ serviceId, serviceName, stackName }: IdleService): void {
    if (stackName) this.stacks.add(lower(stackName));
    if (!this.byService.has(serviceId)) this.byService.set(serviceId, []);
    const stack = lower(stackName ?? '');
    const name = lower(serviceName);
    if (!this.inStack.has(`${stack}/${name}`)) this.inStack.set(`${stack}/${name}`, []);
    this.spread(name, stack);
  }

  private enter(member: Member): void {
    // A container that is given up and its successor may share an address for a moment.
    if (!this.byAddress.get(member.address)?.answers) this.byAddress.set(member.address, member);
    append(member.serviceName ? this.ofServices : this.standalone, lower(member.name), member);
    if (member.stackName) this.stacks.add(lower(member.stackName));
    if (member.serviceId) append(this.byService, member.serviceId, member);
    if (!member.serviceName) return;
    const stack = lower(member.stackName ?? '');
    for (const name of [lower(member.serviceName), `${lower(member.serviceName)}-${member.ordinal}`]) {
      append(this.inStack, `${stack}/${name}`, member);
      this.spread(name, stack).members.push(member);
    }
  }

  private spread(name: string, stack: string): { members: Member[] } {
    const entry = this.anywhere.get(name) ?? { stacks: new Set(), members: [] };
    entry.stacks.add(stack);
    this.anywhere.set(name, entry);
    return entry;
  }
}

const lower = (text: string): string => text.toLowerCase();

function append(map: Map<string, Member[]>, key: string, member: Member): void {
  const list = map.get(key);
  if (list) list.push(member);
  else map.set(key, [member]);
}
