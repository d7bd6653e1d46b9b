import { createHash } from 'node:crypto';
import type { CertificateListLine, EdgeModel } from '../compile/model.js';
import type { EdgeSettings } from '../settings.js';
import { backendText } from './backend.js';
import { general, httpFrontend, metricsFrontend, tcpFrontend } from './frontend.js';

/**
 * What a worker was started with, without who serves at the moment: as long as it covers what is wanted, changes go
 * through the runtime API and nothing is reloaded.
 */
export interface EdgeShape {
  /** Of everything that is not a route. */
  general: string;
  /** Backend → its text and its room. */
  backends: Record<string, { text: string; slots: number }>;
  /** Name → text, of TCP ports. */
  ports: Record<string, { text: string; port: number }>;
}

export function shapeOf(model: EdgeModel, settings: EdgeSettings): EdgeShape {
  const shape: EdgeShape = { general: fixedText(settings, '').join('\n'), backends: {}, ports: {} };
  for (const backend of model.backends) {
    const text = backendText(backend, settings.httpsPort).head.join('\n');
    shape.backends[backend.name] = { text, slots: backend.slots };
  }
  for (const frontend of model.tcpFrontends) {
    const text = tcpFrontend(frontend, settings.address).join('\n');
    shape.ports[frontend.name] = { text, port: frontend.port };
  }
  return shape;
}

/** Whether a worker of the shape `running` can do what `wanted` asks. Backends that are not wanted do no harm; ports do. */
export function covers(running: EdgeShape, wanted: EdgeShape): boolean {
  if (running.general !== wanted.general) return false;
  for (const [name, { text, slots }] of Object.entries(wanted.backends)) {
    const held = running.backends[name];
    if (!held || held.text !== text || held.slots < slots) return false;
  }
  const ports = Object.entries(wanted.ports);
  return (
    ports.length === Object.keys(running.ports).length &&
    ports.every(([name, { text }]) => running.ports[name]?.text === text)
  );
}

export const emptyShape: EdgeShape = { general: '', backends: {}, ports: {} };

export const fingerprint = (shape: EdgeShape): string =>
  createHash('sha256').update(JSON.stringify(shape)).digest('hex').slice(0, 32);

/** The whole configuration, ready for the load balancer. */
export function configurationText(model: EdgeModel, settings: EdgeSettings): string {
  const sections = [fixedText(settings, fingerprint(shapeOf(model, settings)))];
  for (const backend of model.backends) {
    const { head, servers } = backendText(backend, settings.httpsPort);
    sections.push([...head, ...servers]);
  }
  for (const port of model.tcpFrontends) sections.push(tcpFrontend(port, settings.address));
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function fixedText(settings: EdgeSettings, print: string): string[] {
  const metrics = settings.metricsPort === null ? [] : ['', ...metricsFrontend(settings.metricsPort)];
  return [...general(settings, print || '-'), '', ...httpFrontend(settings), ...metrics];
}

export const mapText = (map: ReadonlyMap<string, string>): string =>
  [...map].map(([key, value]) => `${key} ${value}\n`).join('');

export const certificateLine = ({ file, serverName }: CertificateListLine): string =>
  serverName === null ? file : `${file} ${serverName}`;

export const certificateListText = (lines: readonly CertificateListLine[]): string =>
  lines.map((each) => `${certificateLine(each)}\n`).join('');
