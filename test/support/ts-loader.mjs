// node --import ./test/support/ts-loader.mjs some/file.ts
import { register } from 'node:module';

register('./ts-hooks.mjs', import.meta.url);
