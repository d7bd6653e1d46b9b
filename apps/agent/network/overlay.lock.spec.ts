import { lockOverlay } from './overlay.lock.js';

describe('the lock on a node’s private networks', () => {
  it('is one process’s until it ends or lets go', async () => {
    const held = await lockOverlay(2_000);
    expect(held).not.toBeNull();
    expect(await lockOverlay(0)).toBeNull();
    const next = lockOverlay(5_000);
    await new Promise((resolve) => held?.close(resolve));
    const taken = await next;
    expect(taken).not.toBeNull();
    await new Promise((resolve) => taken?.close(resolve));
  });
});
