import './ts-loader.mjs';

export default async function globalTeardown() {
  const { tearDown } = await import('./global-teardown.ts');
  await tearDown();
}
