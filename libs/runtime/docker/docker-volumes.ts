import { type Labels, runtimeLabels, sameIdentity } from '../labels.js';
import { isRuntimeError, RuntimeError } from '../runtime.error.js';
import type { RuntimeVolume, RuntimeVolumeSpec } from '../volume.js';
import { toDate } from './container-inspect.js';
import { type DockerApi, segment } from './docker-api.js';
import type { DockerOwnership } from './docker-ownership.js';

interface VolumeAnswer {
  Name: string;
  Driver: string;
  Mountpoint: string;
  CreatedAt?: string;
  Labels: Labels | null;
}

const toVolume = (answer: VolumeAnswer): RuntimeVolume => ({
  name: answer.Name,
  labels: answer.Labels ?? {},
  driver: answer.Driver,
  mountpoint: answer.Mountpoint,
  createdAt: toDate(answer.CreatedAt),
});

export class DockerVolumes {
  constructor(
    private readonly api: DockerApi,
    private readonly ownership: DockerOwnership,
  ) {}

  async create(spec: RuntimeVolumeSpec): Promise<RuntimeVolume> {
    const labels = { ...spec.labels, [runtimeLabels.node]: this.ownership.scope };
    const { body } = await this.api.json<VolumeAnswer>('POST', '/volumes/create', {
      body: { Name: spec.name, Driver: spec.driver ?? 'local', DriverOpts: spec.options ?? {}, Labels: labels },
    });
    // Both engines answer with an existing volume of the name as if they had made it.
    if (sameIdentity(labels, body.Labels)) return toVolume(body);
    throw new RuntimeError('conflict', `The name ${spec.name} is taken by another volume.`);
  }

  async inspect(name: string): Promise<RuntimeVolume> {
    const { body } = await this.api.json<VolumeAnswer>('GET', `/volumes/${segment(name)}`);
    this.ownership.requireScope('volume', name, body.Labels);
    return toVolume(body);
  }

  async list(): Promise<RuntimeVolume[]> {
    const filters = JSON.stringify({ label: [`${runtimeLabels.node}=${this.ownership.scope}`] });
    const { body } = await this.api.json<{ Volumes: VolumeAnswer[] | null }>('GET', '/volumes', { query: { filters } });
    return (body.Volumes ?? []).map(toVolume);
  }

  async remove(name: string): Promise<void> {
    try {
      await this.inspect(name);
      await this.api.json('DELETE', `/volumes/${segment(name)}`);
    } catch (error) {
      if (!isRuntimeError(error, 'not-found')) throw error;
    }
  }
}
