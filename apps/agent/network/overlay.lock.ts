import { createServer, type Server } from 'node:net';

/** Of the network namespace, not of the file system: it ends with the process, however that ends. */
const lockName = '\0pierhead-overlay';
const retryMs = 250;

/**
 * Waits until this process is the only one that makes private networks on this node. Two would take each other's
 * devices for their own.
 * @returns null when another has not let go within the time
 */
export async function lockOverlay(withinMs: number, name = lockName): Promise<Server | null> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const held = await take(name);
    if (held || performance.now() >= deadline) return held;
    await new Promise((resolve) => setTimeout(resolve, retryMs));
  }
}

function take(name: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(null);
      else reject(error);
    });
    server.listen(name, () => resolve(server.unref()));
  });
}
