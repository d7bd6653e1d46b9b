/** The engine answered with a status of 400 or more; the message is its own. */
export class EngineStatusError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = 'EngineStatusError';
  }
}

/** No answer: the socket is absent or closed, the time ran out, or the caller gave up. */
export class EngineConnectionError extends Error {
  constructor(
    readonly reason: 'unreachable' | 'timeout' | 'aborted',
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'EngineConnectionError';
  }
}
