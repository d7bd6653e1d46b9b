const ours = /^\/+(?:api\/+(?:app|infra|audit|repo)\/+v1|auth)(?=\/|$)/;
/** What the Go client asks for without a subsystem. */
const short = /^\/+api\/+(registry|token)(?=\/|$)/;
const subsystemOf = { registry: 'repo', token: 'infra' } as const;
/** A repository's name has slashes and stands last; no project can be called `repository`. */
const named = /^(\/api\/repo\/v1\/(?:(?!repository\/)[^/]+\/)?repository\/)(.+)$/;

/**
 * Every address ends with a slash, and clients build some with two in a row. Routes are declared with neither:
 * addresses of this API are brought to that form before they are routed, others are left alone. What names a resource
 * becomes one segment.
 */
export function rewriteDockerCloudUrl(url: string): string {
  const mark = url.indexOf('?');
  const path = (mark < 0 ? url : url.slice(0, mark)).replace(
    short,
    (_, resource: keyof typeof subsystemOf) => `/api/${subsystemOf[resource]}/v1/${resource}`,
  );
  if (!ours.test(path)) return url;
  const plain = path
    .replace(/\/{2,}/g, '/')
    .replace(/\/$/, '')
    .replace(named, (_, before: string, name: string) => before + name.replaceAll('/', '%2F'));
  return mark < 0 ? plain : plain + url.slice(mark);
}
