/**
 * What clients send is not always what a router takes: joined paths with two slashes at a seam. The query is left
 * as it is.
 */
export function rewriteUrl(url: string): string {
  const query = url.indexOf('?');
  const path = query < 0 ? url : url.slice(0, query);
  const rest = query < 0 ? '' : url.slice(query);
  return path.replace(/\/{2,}/g, '/') + rest;
}
