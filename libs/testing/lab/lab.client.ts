import { join } from 'node:path';
import type { Namespaces } from '#libs/launch/process/namespaces.js';
import type { RunOptions, RunResult } from '#libs/launch/process/run.js';
import { LabPlace } from './lab.place.js';
import { killBelow } from './lab.processes.js';
import type { LabSwitch } from './lab.switch.js';

/** Somebody outside of the cloud: a machine on the lab's switch that is no node. */
export class LabClient {
  readonly address: string;
  private readonly place: LabPlace;
  private readonly host = 2;

  constructor(
    private readonly lab: LabSwitch,
    runFolder: string,
  ) {
    this.address = lab.address(this.host);
    this.place = new LabPlace(`${lab.netName}-c`, join(runFolder, 'client'));
  }

  get namespaces(): Namespaces {
    return this.place.namespaces;
  }

  async make(): Promise<void> {
    await this.place.make([]);
    await this.lab.plug(this.place.netName, 'c1', this.host);
  }

  /** Runs a program of this machine on the client's network; throws with what it wrote when it fails. */
  run(command: string, args: readonly string[], options?: RunOptions): Promise<RunResult> {
    return this.place.run(command, args, options);
  }

  async remove(): Promise<void> {
    await this.lab.unplug('c1');
    await killBelow(this.namespaces.mount);
    await this.place.dissolve();
  }
}
