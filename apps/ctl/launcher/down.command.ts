import { Installation } from '#libs/launch/installation/installation.js';
import { Progress } from './progress.js';

export interface DownOptions {
  /** Stop the tenants' containers of the local node too. */
  containers: boolean;
}

/** Stops the platform's processes and parts. Containers run on, and are found again by the next `up`. */
export async function down(checkout: string, options: DownOptions): Promise<void> {
  const progress = new Progress();
  const installation = Installation.open(checkout);
  if (!installation.state.exists()) return progress.line('Nothing is installed here.');
  const { state } = installation;
  await state.daemon('supervisor').stop();
  // An attached `up` stops everything itself when it is asked to end.
  await state.daemon('up').stop({ graceMs: 90_000 });
  if (options.containers && installation.podman?.isRunning()) {
    await installation.agent().stop();
    const podman = installation.podman;
    await progress.step('containers', async () => void (await podman.stopContainers()));
  }
  await stopEverything(installation, progress);
}

export async function stopEverything(installation: Installation, progress: Progress): Promise<void> {
  for (const part of installation.parts().reverse()) {
    if (part.isRunning()) await progress.step(part.name, () => part.stop());
  }
}
