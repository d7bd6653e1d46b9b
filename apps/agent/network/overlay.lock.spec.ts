import { lockOverlay } from './overlay.lock.js';

/** The agents of this machine have the real one. */
const name = `\0pierhead-overlay-test-${process.pid}`;

describe('the lock on a node’s private networks', () => {
  it('is one process’s until it ends or lets go', async () => {
    const held = await lockOverlay(2_000, name);
    expect(held).not.toBeNull();
    expect(await lockOverlay(0, name)).toBeNull();
    const next = lockOverlay(5_000, name);
    await new Promise((resolve) => held?.close(resolve));
    const taken = await next;
    expect(taken).not.toBeNull();
    await new Promise((resolve) => taken?.close(resolve));
  });
});
