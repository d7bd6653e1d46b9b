import type { NetworkAttachment } from '../container.js';
import { type Labels, runtimeLabels, sameIdentity } from '../labels.js';
import type { RuntimeNetwork, RuntimeNetworkSpec } from '../network.js';
import { isRuntimeError, RuntimeError } from '../runtime.error.js';
import { endpointConfig } from './container-config.js';
import { type DockerApi, segment } from './docker-api.js';
import type { DockerOwnership } from './docker-ownership.js';

interface NetworkAnswer {
  Id: string;
  Name: string;
  Internal: boolean;
  Labels: Labels | null;
  IPAM?: { Config?: { Subnet?: string; Gateway?: string }[] | null };
  Containers?: Record<string, unknown> | null;
}

const toNetwork = (answer: NetworkAnswer): RuntimeNetwork => {
  const ipv4 = answer.IPAM?.Config?.find((config) => config.Subnet?.includes('.'));
  return {
    engineId: answer.Id,
    name: answer.Name,
    labels: answer.Labels ?? {},
    subnet: ipv4?.Subnet ?? null,
    gateway: ipv4?.Gateway ?? null,
    internal: answer.Internal,
  };
};

export class DockerNetworks {
  constructor(
    private readonly api: DockerApi,
    private readonly ownership: DockerOwnership,
  ) {}

  async create(spec: RuntimeNetworkSpec): Promise<RuntimeNetwork> {
    const labels = { ...spec.labels, [runtimeLabels.node]: this.ownership.scope };
    try {
      await this.make(spec, labels);
    } catch (error) {
      if (!isRuntimeError(error, 'conflict')) throw error;
      const existing = await this.raw(spec.name).catch(() => null);
      if (!existing) throw error;
      if (!sameIdentity(labels, existing.Labels)) {
        throw new RuntimeError('conflict', `The name ${spec.name} is taken by another network.`, { cause: error });
      }
      return toNetwork(existing);
    }
    return this.inspect(spec.name);
  }

  private async make(spec: RuntimeNetworkSpec, labels: Labels): Promise<void> {
    if (spec.bridge !== undefined && (await this.api.identify()).engine === 'podman') {
      await this.api.libpod('POST', '/networks/create', { body: libpodConfig(spec, labels) });
    } else {
      await this.api.json('POST', '/networks/create', { body: networkConfig(spec, labels) });
    }
  }

  async inspect(id: string): Promise<RuntimeNetwork> {
    return toNetwork(await this.own(id));
  }

  async list(): Promise<RuntimeNetwork[]> {
    const filters = JSON.stringify({ label: [`${runtimeLabels.node}=${this.ownership.scope}`] });
    const { body } = await this.api.json<NetworkAnswer[] | null>('GET', '/networks', { query: { filters } });
    return (body ?? []).map(toNetwork);
  }

  async remove(id: string): Promise<void> {
    try {
      const network = await this.own(id);
      if (Object.keys(network.Containers ?? {}).length > 0) {
        throw new RuntimeError('conflict', `The network ${network.Name} still has containers.`);
      }
      await this.api.json('DELETE', `/networks/${segment(id)}`);
    } catch (error) {
      if (!isRuntimeError(error, 'not-found')) throw error;
    }
  }

  async connect(containerId: string, attachment: NetworkAttachment): Promise<void> {
    await this.own(attachment.name);
    const own = await this.ownership.own(containerId);
    await this.api.json('POST', `/networks/${segment(attachment.name)}/connect`, {
      body: { Container: own.engineId, EndpointConfig: endpointConfig(attachment) },
    });
  }

  async disconnect(containerId: string, network: string): Promise<void> {
    const own = await this.ownership.own(containerId);
    await this.api.json('POST', `/networks/${segment(network)}/disconnect`, {
      body: { Container: own.engineId, Force: true },
    });
  }

  private async own(id: string): Promise<NetworkAnswer> {
    const answer = await this.raw(id);
    this.ownership.requireScope('network', answer.Name, answer.Labels);
    return answer;
  }

  private async raw(id: string): Promise<NetworkAnswer> {
    return (await this.api.json<NetworkAnswer>('GET', `/networks/${segment(id)}`)).body;
  }
}

const networkConfig = (spec: RuntimeNetworkSpec, labels: Labels) => ({
  Name: spec.name,
  Driver: 'bridge',
  // Docker allows two networks of one name unless told to look.
  CheckDuplicate: true,
  Internal: spec.internal ?? false,
  Labels: labels,
  Options: {
    ...(spec.mtu === undefined ? {} : { 'com.docker.network.driver.mtu': String(spec.mtu) }),
    ...(spec.bridge === undefined
      ? {}
      : {
          'com.docker.network.bridge.name': spec.bridge,
          'com.docker.network.bridge.enable_ip_masquerade': 'false',
        }),
  },
  ...(spec.subnet === undefined
    ? {}
    : {
        IPAM: { Config: [{ Subnet: spec.subnet, ...(spec.gateway === undefined ? {} : { Gateway: spec.gateway }) }] },
      }),
});

/** The compatible API can neither name a bridge nor leave out the engine's own name server. */
const libpodConfig = (spec: RuntimeNetworkSpec, labels: Labels) => ({
  name: spec.name,
  driver: 'bridge',
  network_interface: spec.bridge,
  dns_enabled: false,
  internal: spec.internal ?? false,
  labels,
  ...(spec.mtu === undefined ? {} : { options: { mtu: String(spec.mtu) } }),
  ...(spec.subnet === undefined
    ? {}
    : { subnets: [{ subnet: spec.subnet, ...(spec.gateway === undefined ? {} : { gateway: spec.gateway }) }] }),
});
