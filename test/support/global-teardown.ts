export async function tearDown(): Promise<void> {
  await globalThis.pierheadTestParts?.remove();
  globalThis.pierheadTestParts = undefined;
}
