/**
 * - `pending`: asked for and not issued yet; `problem` says why it takes long
 * - `active`: edges show it
 * - `expired`: past its end; edges show it all the same, because a browser says more of that than of silence
 */
export const certificateStates = ['pending', 'active', 'expired'] as const;
export type CertificateState = (typeof certificateStates)[number];

export const certificateState = (notAfter: Date | null, now: Date): CertificateState =>
  notAfter === null ? 'pending' : now < notAfter ? 'active' : 'expired';
