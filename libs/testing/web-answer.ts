import { get } from 'node:http';

/** What the web server at the address says of a host’s path; the error’s own words if it says nothing. */
export const answerOf = (origin: string, host: string, path: string): Promise<string> =>
  new Promise((resolve) => {
    const call = get(`${origin}${path}`, { headers: { host }, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.once('end', () => resolve(Buffer.concat(parts).toString()));
    });
    call.once('error', (error) => resolve(error.message));
  });
