import { repositoryOf, repositoryText } from './repository-name.js';

describe('where an image comes from', () => {
  it.each([
    ['nginx', 'docker.io', 'library/nginx'],
    ['nginx:1.27', 'docker.io', 'library/nginx'],
    ['tutum/hello-world', 'docker.io', 'tutum/hello-world'],
    ['registry-1.docker.io/tutum/hello-world:1', 'docker.io', 'tutum/hello-world'],
    ['docker.io/nginx', 'docker.io', 'library/nginx'],
    ['my.registry.com/myrepo', 'my.registry.com', 'myrepo'],
    ['My.Registry.com:5000/a/b:1', 'my.registry.com:5000', 'a/b'],
    ['localhost/a', 'localhost', 'a'],
    ['127.0.0.1:5000/a', '127.0.0.1:5000', 'a'],
    [`r.example/a@sha256:${'0'.repeat(64)}`, 'r.example', 'a'],
    [`r.example:443/a:1@sha256:${'0'.repeat(64)}`, 'r.example:443', 'a'],
  ])('%s', (image, host, path) => {
    const name = repositoryOf(image);
    expect(name).toEqual({ host, path });
    expect(repositoryOf(repositoryText(name))).toEqual(name);
  });

  it('is written as shortly as it is read', () => {
    expect(repositoryText(repositoryOf('docker.io/library/nginx'))).toBe('nginx');
    expect(repositoryText(repositoryOf('index.docker.io/a/b'))).toBe('a/b');
    expect(repositoryText(repositoryOf('r.example:5000/b'))).toBe('r.example:5000/b');
  });
});
