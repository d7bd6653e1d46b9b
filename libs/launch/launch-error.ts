/** A refusal to start whose message is the sentence that the person at the terminal needs; no stack trace is shown. */
export class LaunchError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LaunchError';
  }
}
