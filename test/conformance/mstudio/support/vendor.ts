import { MittwaldAPIV2Client } from '@mittwald/api-client';
import { checked } from './contract.js';

export interface VendorClient {
  client: MittwaldAPIV2Client;
  /** Another client of the same platform, whose calls count as well. */
  as(token: string): MittwaldAPIV2Client;
  /** Operations that were answered as they promise, of those given. */
  uncalled(operations: Record<string, unknown>): string[];
}

/** The vendor's own client as it is published, with only its address changed; every answer is held to the contract. */
export function vendorClient(url: string, token: string): VendorClient {
  const called = new Set<string>();
  const as = (own: string) => clientOf(url, own, called);
  return {
    client: as(token),
    as,
    uncalled: (operations) => Object.keys(operations).filter((name) => !called.has(name)),
  };
}

function clientOf(url: string, token: string, called: Set<string>): MittwaldAPIV2Client {
  const client = MittwaldAPIV2Client.newWithToken(token);
  client.axios.defaults.baseURL = url;
  client.axios.interceptors.response.use((response) => {
    const { config, data, headers, status } = response;
    const header = (name: string): string | null => {
      const value: unknown = headers[name];
      return typeof value === 'string' ? value : null;
    };
    const text = typeof data === 'string' ? data : JSON.stringify(data);
    const operation = checked((config.method ?? 'GET').toUpperCase(), `/${(config.url ?? '').replace(/^\//, '')}`, {
      status,
      header,
      text,
    });
    if (operation) called.add(operation);
    return response;
  });
  return client;
}
