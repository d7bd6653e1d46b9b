import type { HealthCheck } from '#libs/domain/container/template.js';
import type { RuntimeContainerDetail } from '#libs/runtime/container.js';
import type { RuntimeDriver } from '#libs/runtime/runtime.driver.js';
import { commandProbe } from './command.probe.js';
import { httpProbe } from './http.probe.js';
import type { Probe } from './probe.js';
import { tcpProbe } from './tcp.probe.js';

export function probeFor(check: HealthCheck, driver: RuntimeDriver, detail: RuntimeContainerDetail): Probe {
  if (check.kind === 'command') return commandProbe(driver, detail.engineId, check.command);
  // A container on the host's own network has no address of its own.
  const host = detail.address ?? '127.0.0.1';
  return check.kind === 'http'
    ? httpProbe(host, check.port, check.path, check.acceptedCodes)
    : tcpProbe(host, check.port);
}
