/** The core names fields of a definition in its own words; clients of this API know them by others. */
const words: readonly [core: RegExp, wire: string][] = [
  [/\btemplate\.ports\.(\d+)\.\w+\b/g, 'ports.$1'],
  [/\btemplate\.mounts\.(\d+)(?:\.\w+)?\b/g, 'volumes.$1'],
  [/\btemplate\.mounts\b/g, 'volumes'],
  [/\btemplate\.environment\b(?:\.\d+(?:\.\w+)?)?/g, 'environment'],
  [/\btemplate\.resources\.memoryBytes\b/g, 'deploy.resources.limits.memory'],
  [/\btemplate\.resources\.milliCpu\b/g, 'deploy.resources.limits.cpus'],
  [/\btemplate\./g, ''],
  [/\bpaths\.(\d+)\.targets\.0\.serviceId\b/g, 'paths.$1.target.container.id'],
  [/^targets\.0\.serviceId\b/g, 'target.container.id'],
  [/^host(?=:|$)/g, 'hostname'],
  [/^chain(?=:|$)/g, 'certificate'],
  [/^key(?=:|$)/g, 'privateKey'],
  [/^No such route\.$/g, 'No such ingress.'],
  [/\bdisplayName\b/g, 'description'],
];

export const inWireWords = (sentence: string): string =>
  words.reduce((text, [core, wire]) => text.replace(core, wire), sentence);

/** As JavaScript reaches the field: `.services.web.ports[0]`; the whole body is the empty path. */
export const wirePath = (field: string): string =>
  inWireWords(field)
    .split('.')
    .filter((part) => part !== '')
    .map((part) => (/^\d+$/.test(part) ? `[${part}]` : /^[A-Za-z_$][\w$]*$/.test(part) ? `.${part}` : `["${part}"]`))
    .join('');
