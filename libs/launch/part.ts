export type PartState = 'running' | 'stopped' | 'unhealthy';

export interface PartStatus {
  name: string;
  state: PartState;
  pid?: number;
  /** Where it answers: a URL without its password, host:port, or a socket path. */
  address?: string;
  /** Why it is not running, in a sentence. */
  sentence?: string;
}

/**
 * Something real that is started on this machine and owned by one state folder. `start` adopts what already
 * runs, so it may be called any number of times, by different processes; `stop` of what does not run is quiet.
 * Both go by pid files: nothing is ever looked up by name, so nothing of anybody else is touched.
 */
export abstract class Part {
  abstract readonly name: string;
  abstract start(): Promise<void>;
  /** Whether the process is there; says nothing about its health, and costs nothing. */
  abstract isRunning(): boolean;
  abstract status(): Promise<PartStatus>;
  abstract stop(): Promise<void>;
}
