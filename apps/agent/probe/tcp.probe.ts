import { connect } from 'node:net';
import type { Probe } from './probe.js';

/** Healthy when the port accepts a connection. */
export const tcpProbe =
  (host: string, port: number): Probe =>
  (signal) =>
    new Promise((resolve) => {
      const socket = connect({ host, port, signal });
      const settle = (healthy: boolean) => {
        socket.destroy();
        resolve(healthy);
      };
      socket.once('connect', () => settle(true)).once('error', () => settle(false));
    });
