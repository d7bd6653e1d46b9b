import type { Log } from '#libs/platform/log.js';

/** The process's log as something that can be injected. */
export class GatewayLog {
  constructor(readonly log: Log) {}
}
