import type { PortRange } from '#libs/domain/route/route.js';

/** What the operator decided about routes; a class so that it can be injected. */
export class RouteSettings {
  constructor(
    /** Names below it are given to whoever asks first; null: there is none. */
    readonly defaultDomain: string | null,
    readonly tcpPorts: PortRange,
  ) {}
}
