import { request } from 'node:http';
import type { Probe } from './probe.js';

/** Healthy by the answer's status code; redirects are not followed and the body is not read. */
export const httpProbe =
  (host: string, port: number, path: string, acceptedCodes: readonly number[]): Probe =>
  (signal) =>
    new Promise((resolve) => {
      const accepted = (code: number) =>
        acceptedCodes.length ? acceptedCodes.includes(code) : code >= 200 && code < 400;
      const call = request({ host, port, path, signal, agent: false, headers: { connection: 'close' } }, (response) => {
        const code = response.statusCode ?? 0;
        response.destroy();
        resolve(accepted(code));
      });
      call.once('error', () => resolve(false)).end();
    });
