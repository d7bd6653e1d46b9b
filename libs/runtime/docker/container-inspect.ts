import type { PublishedPort } from '#libs/domain/container/state.js';
import type { RuntimeContainer, RuntimeContainerDetail, RuntimeState } from '../container.js';
import { type Labels, runtimeLabels } from '../labels.js';

export interface PortBinding {
  HostIp?: string;
  HostPort?: string;
}

interface EndpointAnswer {
  IPAddress?: string;
  Aliases?: string[] | null;
}

export interface InspectAnswer {
  Id: string;
  Name: string;
  Created: string;
  Image: string;
  State: {
    Status: string;
    Pid: number;
    ExitCode: number;
    OOMKilled: boolean;
    Error?: string;
    StartedAt: string;
    FinishedAt: string;
  };
  Config: {
    Image: string;
    Labels: Labels | null;
    Tty: boolean;
    OpenStdin: boolean;
    StopSignal?: string | number;
  };
  NetworkSettings: {
    IPAddress?: string;
    Ports?: Record<string, PortBinding[] | null> | null;
    Networks?: Record<string, EndpointAnswer> | null;
  };
}

export interface ListAnswer {
  Id: string;
  Names: string[] | null;
  Image: string;
  ImageID: string;
  Created: number;
  State: string;
  Labels: Labels | null;
}

/** Docker's words and those that only Podman uses. */
const states: Record<string, RuntimeState> = {
  created: 'created',
  configured: 'created',
  initialized: 'created',
  running: 'running',
  restarting: 'running',
  paused: 'paused',
  stopping: 'stopping',
  removing: 'stopping',
  stopped: 'exited',
  exited: 'exited',
  dead: 'exited',
};

export const toState = (word: string): RuntimeState => states[word] ?? 'exited';

/** The engines write the zero time for "never". */
export const toDate = (text: string | undefined): Date | null => {
  const at = new Date(text ?? NaN);
  return Number.isNaN(at.getTime()) || at.getTime() <= 0 ? null : at;
};

export const toImageId = (id: string): string | null => (id === '' ? null : `sha256:${id.replace(/^sha256:/, '')}`);

const toPorts = (ports: InspectAnswer['NetworkSettings']['Ports']): PublishedPort[] =>
  Object.entries(ports ?? {}).flatMap(([key, bindings]) => {
    const [port, protocol] = key.split('/');
    // Docker repeats every IPv4 binding for IPv6.
    const ipv4 = (bindings ?? []).filter((binding) => !binding.HostIp?.includes(':'));
    return ipv4.map((binding) => ({
      containerPort: Number(port),
      protocol: protocol === 'udp' ? ('udp' as const) : ('tcp' as const),
      hostAddress: binding.HostIp === undefined || binding.HostIp === '' ? '0.0.0.0' : binding.HostIp,
      hostPort: Number(binding.HostPort),
    }));
  });

const some = (text: string | undefined): string | null => (text === undefined || text === '' ? null : text);

/** Podman notes the start a little late, so that a short run would end before it began. */
const notBefore = (start: Date | null, end: Date | null): Date | null => (start && end && end < start ? start : end);

export const toDetail = (answer: InspectAnswer, imageDigest: string | null): RuntimeContainerDetail => {
  const state = toState(answer.State.Status);
  const networks = Object.entries(answer.NetworkSettings.Networks ?? {}).map(([name, endpoint]) => ({
    name,
    address: some(endpoint.IPAddress),
    aliases: endpoint.Aliases ?? [],
  }));
  const alive = state === 'running' || state === 'paused' || state === 'stopping';
  const labels = answer.Config.Labels ?? {};
  const startedAt = state === 'created' ? null : toDate(answer.State.StartedAt);
  return {
    engineId: answer.Id,
    name: answer.Name.replace(/^\//, ''),
    labels,
    image: labels[runtimeLabels.image] ?? answer.Config.Image,
    imageId: toImageId(answer.Image),
    state,
    createdAt: new Date(answer.Created),
    pid: alive && answer.State.Pid > 0 ? answer.State.Pid : null,
    exitCode: state === 'exited' ? answer.State.ExitCode : null,
    oomKilled: answer.State.OOMKilled,
    startedAt,
    finishedAt: state === 'exited' ? notBefore(startedAt, toDate(answer.State.FinishedAt)) : null,
    address: networks.find((network) => network.address !== null)?.address ?? some(answer.NetworkSettings.IPAddress),
    networks,
    ports: alive ? toPorts(answer.NetworkSettings.Ports) : [],
    imageDigest,
    tty: answer.Config.Tty,
    stdinOpen: answer.Config.OpenStdin,
    message: some(answer.State.Error),
  };
};

export const toListed = (answer: ListAnswer): RuntimeContainer => ({
  engineId: answer.Id,
  name: (answer.Names?.[0] ?? '').replace(/^\//, ''),
  labels: answer.Labels ?? {},
  image: answer.Labels?.[runtimeLabels.image] ?? answer.Image,
  imageId: toImageId(answer.ImageID),
  state: toState(answer.State),
  createdAt: new Date(answer.Created * 1000),
});
