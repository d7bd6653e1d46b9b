import { Column, Entity, PrimaryColumn, Unique } from 'typeorm';

@Entity({ name: 'user_account' })
@Unique('user_account_email_key', ['email'])
@Unique('user_account_name_key', ['name'])
export class UserAccountEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'user_account_pkey' })
  id!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'text', nullable: true })
  email!: string | null;

  @Column({ name: 'display_name', type: 'text' })
  displayName!: string;

  @Column({ name: 'password_hash', type: 'text', nullable: true })
  passwordHash!: string | null;

  @Column({ name: 'is_operator', type: 'boolean', default: false })
  isOperator!: boolean;

  @Column({ name: 'disabled_at', type: 'timestamptz', nullable: true })
  disabledAt!: Date | null;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  @Column({ name: 'row_version', type: 'integer', default: 1 })
  rowVersion!: number;
}
