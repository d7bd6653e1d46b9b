import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { containerTemplate, type ContainerTemplateInput } from '#libs/domain/container/template.js';
import type { RuntimeContainerSpec } from '#libs/runtime/container.js';
import { runtimeLabels } from '#libs/runtime/labels.js';
import type { RuntimeDriver } from '#libs/runtime/runtime.driver.js';
import type { OutputFrame } from '#libs/runtime/session.js';

/** What the harness needs of one engine. */
export interface RuntimeLab {
  /** A driver of its own on the engine, for a node of that id. */
  driver(scope: string): RuntimeDriver;
  /** An image with a shell that the engine has. */
  image: string;
  /** A reference that names no image in any registry, and that the engine may try to pull. */
  missingImage: string;
  close?(): Promise<void>;
}

/** One test's drivers and everything it makes, removed at its end. */
export class RuntimeBench {
  readonly scope: string = randomUUID();
  readonly driver: RuntimeDriver;
  private readonly drivers = new Map<string, RuntimeDriver>();

  constructor(readonly lab: RuntimeLab) {
    this.driver = this.driverOf(this.scope);
  }

  /** Another node's driver on the same engine. */
  stranger(): RuntimeDriver {
    return this.driverOf(randomUUID());
  }

  name(kind = 'c'): string {
    return `pht-${kind}-${randomBytes(6).toString('hex')}`;
  }

  spec(template: Partial<ContainerTemplateInput> = {}, more: Partial<RuntimeContainerSpec> = {}): RuntimeContainerSpec {
    return {
      name: this.name(),
      template: containerTemplate.parse({ image: this.lab.image, command: ['sleep', '1000'], ...template }),
      labels: { [runtimeLabels.container]: randomUUID(), [runtimeLabels.generation]: '1' },
      ...more,
    };
  }

  async run(template: Partial<ContainerTemplateInput> = {}, more: Partial<RuntimeContainerSpec> = {}): Promise<string> {
    const id = await this.driver.create(this.spec(template, more));
    await this.driver.start(id);
    return id;
  }

  async clean(): Promise<void> {
    for (const driver of this.drivers.values()) {
      for (const { engineId } of await driver.list()) await driver.remove(engineId, { force: true, volumes: true });
      for (const { name } of await driver.listNetworks()) await driver.removeNetwork(name);
      for (const { name } of await driver.listVolumes()) await driver.removeVolume(name);
      await driver.close();
    }
  }

  private driverOf(scope: string): RuntimeDriver {
    const driver = this.lab.driver(scope);
    this.drivers.set(scope, driver);
    return driver;
  }
}

export const textOf = async (
  frames: AsyncIterable<OutputFrame>,
): Promise<{ stdout: string; stderr: string; all: string }> => {
  const text = { stdout: '', stderr: '', all: '' };
  for await (const { stream, data } of frames) {
    text[stream] += data.toString();
    text.all += data.toString();
  }
  return text;
};

/** Reads until the text has come or the stream ends. */
export const readUntil = async (frames: AsyncIterator<OutputFrame>, wanted: string): Promise<string> => {
  let text = '';
  while (!text.includes(wanted)) {
    const next = await frames.next();
    if (next.done) break;
    text += next.value.data.toString();
  }
  return text;
};

export const eventually = async <T>(
  look: () => Promise<T | undefined | false>,
  what: string,
  ms = 8000,
): Promise<T> => {
  const deadline = Date.now() + ms;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`It did not come to this in ${ms} ms: ${what}`);
    await delay(20);
  }
};

const octal = (value: number, length: number) => `${value.toString(8).padStart(length - 1, '0')}\0`;

/** A tar of one file. */
export const tarOf = (name: string, content: string): Buffer => {
  const body = Buffer.from(content);
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write(octal(0o640, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(body.length, 12), 124);
  header.write(octal(1_700_000_000, 12), 136);
  header.write('        0', 148);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 7)} `, 148);
  return Buffer.concat([header, body, Buffer.alloc((512 - (body.length % 512)) % 512), Buffer.alloc(1024)]);
};
