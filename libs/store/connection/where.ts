/** Collects optional conditions of one list with their values: `where.add('name = ?', name)`. */
export class Where {
  readonly values: unknown[] = [];
  private readonly parts: string[] = [];

  /** `?` stands for the value; nothing is added for undefined. */
  add(condition: string, value: unknown): this {
    if (value === undefined) return this;
    this.values.push(value);
    this.parts.push(condition.replaceAll('?', `$${this.values.length}`));
    return this;
  }

  always(condition: string): this {
    this.parts.push(condition);
    return this;
  }

  /** Adds a value that is no condition (LIMIT, OFFSET) and returns its placeholder. */
  value(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }

  get text(): string {
    return this.parts.length ? `WHERE ${this.parts.join(' AND ')}` : '';
  }
}
