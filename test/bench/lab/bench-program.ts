import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';

const checkout = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * Compiles one of the benchmarks' own programs into dist/bench and returns its path: a process that is measured must
 * carry no compiler. The program may import packages and the compiled `#apps/…` and `#libs/…`, no neighbours.
 */
export function benchProgram(source: URL): string {
  const filename = fileURLToPath(source);
  const { code } = transformSync(readFileSync(filename, 'utf8'), {
    filename,
    swcrc: false,
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'es6' },
  });
  const folder = join(checkout, 'dist', 'bench');
  mkdirSync(folder, { recursive: true });
  const compiled = join(folder, basename(filename).replace(/\.ts$/, '.js'));
  writeFileSync(compiled, code);
  return compiled;
}
