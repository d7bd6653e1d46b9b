import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { ManagementApi, type ApiSettings } from '../support/management-api.js';

export interface Founded {
  organization: { id: string; name: string; resourceUri: string };
  project: { id: string; namespace: string };
  user: { id: string; name: string };
  apiKey: string;
}

export const ownerPassword = 'a long password';
let counter = 0;

/** Some API processes over one database, with the platform's operator and what it can make. */
export class World {
  private constructor(
    readonly database: TestDatabase,
    readonly apis: ManagementApi[],
    readonly operator: string,
    readonly operatorPassword: string,
  ) {}

  static async open(processes = 1, settings: ApiSettings = {}): Promise<World> {
    const database = await createTestDatabase();
    const apis = await Promise.all(Array.from({ length: processes }, () => ManagementApi.start(database, settings)));
    const first = await apis[0]?.bootstrap();
    return new World(database, apis, first?.apiKey ?? '', first?.password ?? '');
  }

  get api(): ManagementApi {
    const [first] = this.apis;
    if (!first) throw new Error('There is no process.');
    return first;
  }

  async found(): Promise<Founded> {
    const number = ++counter;
    const answer = await this.api.call('/api/v1/organizations', {
      as: this.operator,
      body: { name: `org-${number}`, owner: { name: `owner-${number}`, password: ownerPassword } },
    });
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
    return answer.body as unknown as Founded;
  }

  /** A key of the founder, or of whoever `as` is. */
  async key(founded: Founded, wish: Record<string, unknown> = {}, as = founded.apiKey) {
    const path = `/api/v1/organizations/${founded.organization.id}/api-keys`;
    const answer = await this.api.call(path, { as, body: { name: 'key', ...wish } });
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
    return answer.body as { id: string; secret: string; prefix: string; resourceUri: string };
  }

  async login(name: string, password = ownerPassword, api = this.api) {
    const answer = await api.call('/api/v1/auth/login', { body: { name, password } });
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    return answer.body as { accessToken: string; refreshToken: string; expiresIn: number };
  }

  async close(): Promise<void> {
    await Promise.all(this.apis.map((api) => api.stop()));
    await this.database.drop();
  }
}

/** Waits for a condition; fails after two seconds. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 2_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('The condition did not come true in time.');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
