/** How public addresses are given out. */
export class PublicIpSettings {
  constructor(
    /** An address that was given back is not given out again before this time has passed. */
    readonly restMs: number,
  ) {}
}
