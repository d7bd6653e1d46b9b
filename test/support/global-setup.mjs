// jest does not run a TypeScript module with imports as its global setup, so the loader comes first.
import './ts-loader.mjs';

export default async function globalSetup(globalConfig, projectConfig) {
  const { setUp } = await import('./global-setup.ts');
  await setUp(globalConfig, projectConfig);
}
