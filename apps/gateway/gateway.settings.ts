/** How this gateway process runs; a class so that it can be injected. Times are milliseconds. */
export class GatewaySettings {
  /** A new one for every process: sessions of a process that died are told from those of its successor. */
  readonly gatewayId: string;
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly joinPort: number;
  /** host:port under which api, worker and other gateways reach this one; host and port when absent. */
  readonly advertise: string | undefined;
  readonly heartbeatMs: number;
  /** How often a session asks for changes that no wake-up told it of. */
  readonly pollMs: number;
  readonly announceMs: number;
  /** How often changes of projects are looked for that no wake-up told of. */
  readonly changesPollMs: number;
  /** A project's network is read at most once in this time. */
  readonly networkGatherMs: number;
  /** Changes of routes are gathered for so long before edges are told. */
  readonly edgeGatherMs: number;
  /** How long an agent may take to open a stream it was asked for. */
  readonly streamOpenMs: number;
  /** How many calls to the directory run at once. */
  readonly parallelCalls: number;

  constructor(given: Partial<GatewaySettings> & Pick<GatewaySettings, 'gatewayId'>) {
    this.gatewayId = given.gatewayId;
    this.host = given.host ?? '0.0.0.0';
    this.port = given.port ?? 7443;
    this.joinPort = given.joinPort ?? 7444;
    this.advertise = given.advertise;
    this.heartbeatMs = given.heartbeatMs ?? 500;
    this.pollMs = given.pollMs ?? 1_000;
    this.announceMs = given.announceMs ?? 5_000;
    this.changesPollMs = given.changesPollMs ?? 500;
    this.networkGatherMs = given.networkGatherMs ?? 75;
    this.edgeGatherMs = given.edgeGatherMs ?? 40;
    this.streamOpenMs = given.streamOpenMs ?? 5_000;
    this.parallelCalls = given.parallelCalls ?? 8;
  }

  /** Names and addresses of this machine that the certificate is made out to. */
  get names(): string[] {
    const advertised = this.advertise?.slice(0, this.advertise.lastIndexOf(':'));
    return [...new Set(['localhost', '127.0.0.1', ...(advertised ? [advertised] : [])])];
  }
}
