export type RuntimeErrorCode =
  | 'not-found' // no such container, volume or network
  | 'conflict' // a name or host port is taken, it is not ours, or its state forbids the verb
  | 'address-taken' // the fixed address is another container's, maybe of one that is just being removed
  | 'image-not-found' // the image is neither here nor in its registry
  | 'registry-unavailable' // the image's registry does not answer, or is no registry
  | 'unauthorized' // the registry refused the credentials, or wants some
  | 'invalid' // the engine refuses what was asked, e.g. a command that does not exist in the image
  | 'unavailable' // the engine does not answer on its socket, or the connection broke
  | 'timeout' // it answered too late
  | 'aborted' // the caller's signal fired
  | 'engine'; // anything else; the message is the engine's own sentence

/** What an engine refused or failed at. The message is the engine's sentence; it never holds a credential. */
export class RuntimeError extends Error {
  constructor(
    readonly code: RuntimeErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'RuntimeError';
  }
}

export const isRuntimeError = (error: unknown, ...codes: RuntimeErrorCode[]): error is RuntimeError =>
  error instanceof RuntimeError && (codes.length === 0 || codes.includes(error.code));
