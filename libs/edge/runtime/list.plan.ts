import type { CertificateListLine } from '../compile/model.js';
import { certificateLine } from '../render/render.js';

/** Commands that make a running map hold `wanted`. What changes is set, so that no key is missing in between. */
export function planMap(
  file: string,
  running: ReadonlyMap<string, string>,
  wanted: ReadonlyMap<string, string>,
): string[] {
  const commands: string[] = [];
  for (const [key, value] of wanted) {
    const held = running.get(key);
    if (held === undefined) commands.push(`add map ${file} ${key} ${value}`);
    else if (held !== value) commands.push(`set map ${file} ${key} ${value}`);
  }
  for (const key of running.keys()) if (!wanted.has(key)) commands.push(`del map ${file} ${key}`);
  return commands;
}

/** Commands that make a running list of certificates hold `wanted`, new lines first: no name is without one in between. */
export function planList(
  list: string,
  running: readonly (CertificateListLine & { number: number })[],
  wanted: readonly CertificateListLine[],
): string[] {
  const held = new Set(running.map(certificateLine));
  const kept = new Set(wanted.map(certificateLine));
  const added = wanted.filter((each) => !held.has(certificateLine(each)));
  const gone = running.filter((each) => !kept.has(certificateLine(each)));
  return [
    ...added.map((each) => `add ssl crt-list ${list} <<\n${certificateLine(each)}\n`),
    // From the end: the numbers of those before stay as they are.
    ...gone.sort((a, b) => b.number - a.number).map(({ file, number }) => `del ssl crt-list ${list} ${file}:${number}`),
  ];
}
