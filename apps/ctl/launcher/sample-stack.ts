import { sampleImage } from '#libs/launch/engine/image.js';
import { LaunchError } from '#libs/launch/launch-error.js';
import { waitFor } from '#libs/launch/process/wait.js';
import type { PlatformApi } from './platform-api.js';

interface Stack {
  uuid: string;
  name: string;
  state: string;
  services: string[];
}

const stacks = '/api/app/v1/stack/';

/** Two services: a web site whose port the node publishes, and one that only writes its log. */
export function sampleStack(port: number) {
  return {
    name: 'sample',
    services: [
      {
        name: 'web',
        image: sampleImage,
        target_num_containers: 1,
        container_ports: [{ protocol: 'tcp', inner_port: 8080, outer_port: port }],
        container_envvars: [{ key: 'PIERHEAD_SAMPLE', value: 'web' }],
        autorestart: 'ALWAYS',
      },
      {
        name: 'clock',
        image: sampleImage,
        target_num_containers: 1,
        run_command: `sh -c 'trap "exit 0" TERM; while :; do date -u; sleep 10 & wait $!; done'`,
        autorestart: 'ALWAYS',
      },
    ],
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}

async function whatIsWrong(api: PlatformApi, stack: Stack): Promise<string> {
  const services = await Promise.all(
    stack.services.map((uri) => api.call<{ name: string; state: string }>('GET', new URL(uri, 'http://any').pathname)),
  );
  return services.map(({ name, state }) => `${name} is ${state}`).join(', ');
}

/**
 * Deploys the sample over the public API unless there is one, and waits until its site answers.
 * @returns the site's address, or undefined when the sample was stopped or removed by somebody since
 */
export async function ensureSample(api: PlatformApi, port: number, first: boolean): Promise<string | undefined> {
  const url = `http://127.0.0.1:${port}/`;
  const { objects } = await api.call<{ objects: Stack[] }>('GET', `${stacks}?name=sample`);
  let stack = objects.find((found) => found.name === 'sample' && found.state !== 'Terminated');
  if (!stack) {
    if (!first) return undefined;
    stack = await api.call<Stack>('POST', stacks, sampleStack(port));
  }
  const path = `${stacks}${stack.uuid}/`;
  if (stack.state === 'Not running' || stack.state === 'Not Running') await api.call('POST', `${path}start/`);
  else if (!['Running', 'Starting', 'Redeploying', 'Partly running'].includes(stack.state)) return undefined;
  const look = async () => {
    stack = await api.call<Stack>('GET', path);
    return stack.state === 'Running' && (await answers(url));
  };
  try {
    await waitFor(look, { what: 'The start of the sample stack', timeoutMs: 120_000, intervalMs: 100 });
  } catch (error) {
    throw new LaunchError(`${(error as Error).message} ${await whatIsWrong(api, stack)}.`, { cause: error });
  }
  return url;
}
