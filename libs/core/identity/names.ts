import { invalid } from '#libs/domain/error.js';
import { isId } from '#libs/domain/id.js';

const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const user = /^[a-z0-9][a-z0-9._-]{0,62}$/;
/** They stand in addresses where a namespace may stand too. */
const reserved = new Set([
  'action',
  'container',
  'node',
  'nodecluster',
  'nodetype',
  'provider',
  'region',
  'az',
  'registry',
  'repository',
  'service',
  'stack',
  'volume',
  'volumegroup',
]);

/** Names of organizations and projects, and namespaces: DNS labels in lower case that no id can be mistaken for. */
export function checkLabel(field: string, name: string): string {
  if (!label.test(name) || isId(name)) {
    throw invalid(field, `${field}: 1 to 63 lower-case letters, digits or "-", not at the ends, and not an id.`);
  }
  if (reserved.has(name)) throw invalid(field, `${field}: "${name}" is reserved for addresses of the API.`);
  return name;
}

export function checkUserName(field: string, name: string): string {
  if (!user.test(name) || isId(name)) {
    throw invalid(field, `${field}: 1 to 63 lower-case letters, digits, ".", "_" or "-", and not an id.`);
  }
  return name;
}

/** As whom a service's containers call the API; no user's name has a slash. */
export const serviceUserName = (serviceName: string): string => `service/${serviceName}`;

const shortest = 10;
const longest = 256;

export function checkPassword(field: string, password: string): string {
  if (password.length < shortest || password.length > longest) {
    throw invalid(field, `${field}: a password has ${shortest} to ${longest} characters.`);
  }
  return password;
}

const tag = /^[A-Za-z0-9][A-Za-z0-9._:=/-]{0,127}$/;
const mostTags = 64;

export function checkTags(field: string, tags: readonly string[]): string[] {
  const unique = [...new Set(tags)];
  if (unique.length > mostTags) throw invalid(field, `${field}: at most ${mostTags} tags.`);
  const wrong = unique.find((each) => !tag.test(each));
  if (wrong !== undefined) throw invalid(field, `${field}: a tag has 1 to 128 letters, digits or . _ : = / -.`);
  return unique;
}
