import { scramVerifier } from './scram-verifier.js';

describe('scramVerifier', () => {
  it('is the verifier of RFC 7677’s example exchange', () => {
    // Salt and iterations of the RFC; the keys follow from its password "pencil".
    const verifier = scramVerifier('pencil', Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'));
    expect(verifier).toBe(
      'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
    );
  });

  it('takes another salt each time and does not hold the password', () => {
    const first = scramVerifier('secret-password');
    expect(first).not.toBe(scramVerifier('secret-password'));
    expect(first).not.toContain('secret-password');
  });
});
