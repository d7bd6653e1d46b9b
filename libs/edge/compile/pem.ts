const block = /-----BEGIN ([A-Z][A-Z0-9 ]{1,40})-----\s+([A-Za-z0-9+/=\s]+?)-----END \1-----/g;
const keyLabels = new Set(['PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY']);

function blocks(text: string, wanted: (label: string) => boolean): string[] {
  const found: string[] = [];
  for (const [, label = '', body = ''] of text.matchAll(block)) {
    if (!wanted(label)) continue;
    const lines = body.replace(/\s+/g, '').match(/.{1,64}/g) ?? [];
    found.push([`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`].join('\n'));
  }
  return found;
}

/**
 * Certificates first, then the key, each line base64 or a label and no line empty: an empty line would end the text
 * that the load balancer is given on its command line. Null when either is missing.
 */
export function certificatePem(chainPem: string, keyPem: string): string | null {
  const chain = blocks(chainPem, (label) => label === 'CERTIFICATE');
  const [key] = blocks(keyPem, (label) => keyLabels.has(label));
  if (chain.length === 0 || !key) return null;
  return `${[...chain, key].join('\n')}\n`;
}
