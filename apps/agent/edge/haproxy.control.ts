import { readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { EdgeModel } from '#libs/edge/compile/model.js';
import {
  certificateListText,
  configurationText,
  emptyShape,
  fingerprint,
  mapText,
  shapeOf,
  type EdgeShape,
} from '#libs/edge/render/render.js';
import { carriedStates } from '#libs/edge/runtime/server-states.js';
import type { ServerSlot, Worker } from '#libs/edge/runtime/tables.js';
import type { HaproxyMaster } from '#libs/edge/runtime/worker.session.js';
import type { EdgeSettings } from '#libs/edge/settings.js';
import { writeAtomically } from '../state/atomic-file.js';
import { HaproxyRefusal, type HaproxyProcess } from './haproxy.process.js';

const serveWithinMs = 30_000;
const lookEveryMs = 20;

/** Brings a model into force as a whole: files, start, reload. Knows what the running worker was started with. */
export class HaproxyControl {
  reloads = 0;
  private known: { fingerprint: string; shape: EdgeShape } = { fingerprint: '', shape: emptyShape };
  private readonly shapeFile: string;

  constructor(
    private readonly settings: EdgeSettings,
    private readonly process: HaproxyProcess,
    private readonly master: HaproxyMaster,
  ) {
    this.shapeFile = join(settings.files.folder, 'running.json');
  }

  async load(): Promise<void> {
    try {
      this.known = JSON.parse(await readFile(this.shapeFile, 'utf8')) as typeof this.known;
    } catch {
      // Never started here, or torn: the next pass reloads, which is harmless.
    }
  }

  /** Of a worker with this description; the empty shape, which covers nothing, when it is not one that we know. */
  shapeFor(description: string): EdgeShape {
    return description === this.known.fingerprint ? this.known.shape : emptyShape;
  }

  async start(model: EdgeModel): Promise<void> {
    await this.write(model, new Map());
    await this.process.check();
    await this.process.start();
    await this.serving(model, []);
  }

  /** Without a dropped request: the old worker hands its sockets over and ends what it has begun. */
  async reload(model: EdgeModel, servers: ReadonlyMap<string, readonly ServerSlot[]>): Promise<void> {
    await this.write(model, servers);
    await this.process.check();
    const before = await this.master.workers();
    await this.master.reload();
    this.reloads += 1;
    await this.serving(model, before);
  }

  /** Resolves when a worker that was not there before serves the model. */
  private async serving(model: EdgeModel, before: readonly Worker[]): Promise<void> {
    const shape = shapeOf(model, this.settings);
    const wanted = fingerprint(shape);
    const old = new Set(before.map(({ pid }) => pid));
    const deadline = performance.now() + serveWithinMs;
    while (performance.now() < deadline) {
      if (!this.process.running()) throw new HaproxyRefusal(this.process.lastWords());
      if (await this.serves(wanted, old)) {
        this.known = { fingerprint: wanted, shape };
        await writeAtomically(this.shapeFile, JSON.stringify(this.known), false);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
    throw new HaproxyRefusal(`The new configuration did not come into force: ${this.process.lastWords()}`);
  }

  private async serves(wanted: string, old: ReadonlySet<number>): Promise<boolean> {
    try {
      const [current] = await this.master.workers();
      if (!current || old.has(current.pid)) return false;
      return await this.master.with(current.pid, async (session) => (await session.description()) === wanted);
    } catch {
      return false; // The master is starting anew.
    }
  }

  private async write(model: EdgeModel, servers: ReadonlyMap<string, readonly ServerSlot[]>): Promise<void> {
    const { files } = this.settings;
    const lists = new Set([...model.certificateLists.keys()].map((path) => basename(path)));
    const texts = new Map([
      [files.routesMap, mapText(model.routes)],
      [files.challengesMap, mapText(model.challenges)],
      [files.relayMap, ''],
      [files.serverStates, carriedStates(servers, model)],
      [files.configuration, configurationText(model, this.settings)],
    ]);
    for (const [path, lines] of model.certificateLists) texts.set(path, certificateListText(lines));
    for (const [path, text] of texts) await writeAtomically(path, text, false);
    for (const name of await readdir(files.folder)) {
      if (name.endsWith('.list') && !lists.has(name)) await rm(join(files.folder, name), { force: true });
    }
  }
}
