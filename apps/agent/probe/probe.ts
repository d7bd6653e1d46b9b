/** One try: true is healthy; false, an error or the signal is not. */
export type Probe = (signal: AbortSignal) => Promise<boolean>;
