import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { UserAccountEntity } from './user-account.entity.js';

@Entity({ name: 'login_session' })
@Unique('login_session_refresh_key', ['refreshHash'])
@Index('login_session_previous_refresh_idx', ['previousRefreshHash'])
@Index('login_session_user_idx', ['userId'])
@ForeignKey(() => UserAccountEntity, ['userId'], ['id'], { name: 'login_session_user_fkey', onDelete: 'CASCADE' })
export class LoginSessionEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'login_session_pkey' })
  id!: string;

  @Column({ name: 'user_id', type: 'uuid' })
  userId!: string;

  @Column({ name: 'refresh_hash', type: 'bytea' })
  refreshHash!: Buffer;

  @Column({ name: 'previous_refresh_hash', type: 'bytea', nullable: true })
  previousRefreshHash!: Buffer | null;

  @Column({ name: 'expires_at', type: 'timestamptz' })
  expiresAt!: Date;

  @Column({ name: 'revoked_at', type: 'timestamptz', nullable: true })
  revokedAt!: Date | null;

  @Column({ type: 'text', nullable: true })
  ip!: string | null;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;
}
