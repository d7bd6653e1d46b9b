import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensurePackages, imagePackages, podmanPackages, redisPackages } from '#libs/launch/debian/packages.js';
import { ensureSampleImage } from '#libs/launch/engine/image.js';
import { PodmanPart } from '#libs/launch/engine/podman.part.js';
import { StateFolder } from '#libs/launch/state/state-folder.js';
import { Cluster, type ClusterOptions } from '#libs/testing/cluster/cluster.js';
import { RawEngine } from './raw-engine.js';

/** As an operator would run it; no credential is slowed down by what is measured. */
const settings = { PIERHEAD_SWEEP_MS: '30000', PIERHEAD_RATE_LIMIT_PER_MINUTE: '100000000' };

/** Containers that do not hear a polite stop would be waited for, one after the other. */
async function killAll(socketPath: string): Promise<void> {
  const raw = new RawEngine(socketPath);
  await raw.killAll();
  raw.close();
}

/** The real parts of one run, each started when a measure first asks for it, all removed by `close`. */
export class Lab {
  private readonly undo: (() => Promise<void>)[] = [];
  private engine: Promise<PodmanPart> | null = null;
  private shared: Promise<Cluster> | null = null;

  constructor(readonly say: (line: string) => void) {}

  /** A Podman of its own with the sample image. */
  podman(): Promise<PodmanPart> {
    this.engine ??= this.startPodman();
    return this.engine;
  }

  /** One api, worker, gateway and agent on that Podman. */
  platform(): Promise<Cluster> {
    this.shared ??= this.podman().then((podman) =>
      this.cluster({ apis: 1, workers: 1, gateways: 1, agents: 1, engineSocket: podman.socketPath() }),
    );
    return this.shared;
  }

  async cluster(options: ClusterOptions): Promise<Cluster> {
    await ensurePackages(redisPackages, this.say);
    const cluster = await Cluster.start({ ...options, env: { ...settings, ...options.env } });
    this.undo.push(() => cluster.stop());
    return cluster;
  }

  /** What a measure started beside the parts. */
  onClose(undo: () => Promise<void>): void {
    this.undo.push(undo);
  }

  async close(): Promise<void> {
    for (const undo of this.undo.splice(0).reverse()) {
      await undo().catch((error: Error) => this.say(`Not everything could be removed: ${error.message}`));
    }
  }

  private async startPodman(): Promise<PodmanPart> {
    await ensurePackages([...podmanPackages, ...imagePackages], this.say);
    const state = new StateFolder(mkdtempSync(join(tmpdir(), 'pierhead-bench-')));
    state.make();
    const podman = new PodmanPart(state);
    this.undo.push(async () => {
      await killAll(podman.socketPath());
      await podman.destroy();
      state.remove();
    });
    await podman.start();
    await ensureSampleImage(podman.socketPath());
    return podman;
  }
}
