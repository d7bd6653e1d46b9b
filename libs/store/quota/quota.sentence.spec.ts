import { quotaSentence } from './quota.sentence.js';

it.each([
  [
    'containers' as const,
    { limit: 10, used: 9, asked: 2 },
    'The quota of the project is 10 containers; 9 in use, 2 more asked for.',
  ],
  [
    'memoryBytes' as const,
    { limit: 2 ** 30, used: 2 ** 29, asked: 2 ** 30 },
    'The quota of the project is 1024 MiB of memory; 512 MiB in use, 1024 MiB more asked for.',
  ],
  [
    'milliCpu' as const,
    { limit: 2000, used: 1500, asked: 1000 },
    'The quota of the project is 2 processors; 1.5 in use, 1 more asked for.',
  ],
])('%s', (resource, numbers, sentence) => expect(quotaSentence('project', resource, numbers)).toBe(sentence));
