/*
 * What may reach the load balancer’s files and its command line. Everything that a tenant chose passes one of these
 * tests or is left out with a sentence: nothing is escaped into place.
 */
const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const hostName = new RegExp(`^(?:\\*\\.)?(?:${label}\\.)*${label}$`);
/** Characters of a URL’s path, less the two that command lines and quotes give a meaning: ";" and "'". */
const urlPath = /^\/[A-Za-z0-9._~!$&()*+,=:@%/-]{0,1023}$/;
const urlPathAndQuery = /^\/[A-Za-z0-9._~!$&()*+,=:@%/?-]{0,1023}$/;
const identifier = /^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/;
const octet = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const address = new RegExp(`^${octet}(?:\\.${octet}){3}$`);
const acmeText = /^[A-Za-z0-9_-]{1,256}(?:\.[A-Za-z0-9_-]{1,256})?$/;

export const isHost = (text: string): boolean => text.length <= 253 && hostName.test(text);
export const isPath = (text: string): boolean => urlPath.test(text);
export const isCheckPath = (text: string): boolean => urlPathAndQuery.test(text);
export const isIdentifier = (text: string): boolean => identifier.test(text);
export const isAddress = (text: string): boolean => address.test(text) && text !== '0.0.0.0';
export const isPort = (port: number): boolean => Number.isInteger(port) && port >= 1 && port <= 65_535;
export const isAcmeToken = (text: string): boolean => acmeText.test(text) && !text.includes('.');
export const isAcmeResponse = (text: string): boolean => acmeText.test(text);
