#!/bin/sh
# Makes the secrets that docker-compose.yml mounts. Nothing that exists is changed.
set -eu
cd "$(dirname "$0")"
umask 077
mkdir -p secrets
random() { head -c "$1" /dev/urandom | base64 | tr -d '\n'; }
[ -f secrets/master.key ] || random 32 >secrets/master.key
[ -f secrets/postgres.password ] || random 24 | tr '+/' '-_' >secrets/postgres.password
[ -f secrets/redis.password ] || random 24 | tr '+/' '-_' >secrets/redis.password
# The containers' own user reads what is mounted.
chmod 0444 secrets/master.key secrets/postgres.password secrets/redis.password
if [ ! -f .env ]; then
  {
    printf 'PIERHEAD_POSTGRES_PASSWORD=%s\n' "$(cat secrets/postgres.password)"
    printf 'PIERHEAD_REDIS_PASSWORD=%s\n' "$(cat secrets/redis.password)"
  } >.env
fi
echo 'Now: docker compose --env-file deploy/.env up --build'
