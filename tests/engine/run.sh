#!/usr/bin/env bash
# Builds two projects with scorec, starts them on a real container engine, looks inside, and removes them.
#
#   run.sh            needs SCOREC, the program, and Docker Compose (COMPOSE, `docker compose` or `docker-compose`)
#   run.sh --ready    says whether an engine can be reached, and does nothing
#   run.sh --images   lists the images that are used, as NAME=KIND
#
# Quiet when all is well; otherwise says what was expected and what was found, with the logs.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

if [ "${1:-}" = --images ]; then
  printf '%s\n' busybox:1.37.0=busybox postgres:17-alpine=postgres redis:7.4-alpine=redis
  exit
fi
if [ -n "${COMPOSE:-}" ]; then compose=("$COMPOSE")
elif docker compose version >/dev/null 2>&1; then compose=(docker compose)
elif command -v docker-compose >/dev/null; then compose=(docker-compose)
else echo "Docker Compose is not installed"; exit 1; fi
if ! reason=$("${compose[@]}" ls 2>&1 >/dev/null); then
  echo "no container engine answers: $(head -1 <<<"$reason")"
  exit 1
fi
[ "${1:-}" != --ready ] || exit 0

work=$(mktemp -d)
project=
down() { [ -z "$project" ] || "${compose[@]}" --file "$project/build/local/compose.yaml" down --volumes --timeout 1 >/dev/null 2>&1 || true; }
trap 'down; rm -rf "$work"' EXIT
export SCOREC_KEY="the key of the engine test"

fail() { echo "$*" >&2; "${compose[@]}" --file "$project/build/local/compose.yaml" logs --no-color 2>&1 | tail -40 >&2; exit 1; }
start() { # start NAME: builds and starts a project, and waits until everything in it is healthy
  project=$work/$1
  cp -r "$here/$1" "$work/"
  (cd "$project" && "$SCOREC" build --quiet)
  "${compose[@]}" --file "$project/build/local/compose.yaml" up --detach --wait --wait-timeout 120 >"$work/log" 2>&1 \
    || { cat "$work/log" >&2; fail "$1 did not come up"; }
}
inside() { "${compose[@]}" --file "$project/build/local/compose.yaml" exec -T "$@"; }
expect() { # expect WHAT WANTED FOUND
  [ "$2" = "$3" ] || fail "$1: expected <$2>, found <$3>"
}
secret() { sed -n "s/^$1=//p" "$project/build/local/.env"; }

start site
token=$(secret TOKEN_SITE_TOKEN_VALUE)
[ ${#token} -ge 16 ] || fail "no generated token in .env"
expect "text file with a secret, through volume, server and shared network" "token=$token price=\$5" \
  "$(inside site-client cat /tmp/token.txt)"
expect "binary file" "ff 00 fe 80 00 41 24 48 4f 4d 45" \
  "$(inside site-client sh -c 'wget -q -O - http://127.0.0.1:8080/picture.bin | hexdump -v -e "1/1 \"%02x \""' | sed 's/ $//')"
# In Score, `$$` is one dollar sign.
expect "dollar signs in a variable" '$5 for $HOME, $ and $(date), $1' \
  "$(inside site-client wget -q -O - http://127.0.0.1:8080/price.txt)"
expect "the workload's name on the network" "token=$token price=\$5" \
  "$(inside site-client wget -q -O - http://site:8080/token.txt)"
if inside site-server touch /data/new 2>/dev/null; then fail "a read-only volume can be written to"; fi
down

start store
expect "a database through its generated url" 42 "$(inside store-sql sh -c 'psql "$ORDERS" -Atc "select id from orders"')"
if inside store-sql sh -c 'psql "${ORDERS%/*}/$CUSTOMERS_NAME" -c "select 1"' >/dev/null 2>&1; then
  fail "one role reaches the database of another"
fi
expect "a key in redis" 42 "$(inside store-cache sh -c 'redis-cli -h "$HOST" -a "$PASSWORD" --no-auth-warning get answer')"
expect "redis without a password" "NOAUTH Authentication required." \
  "$(inside store-cache sh -c 'redis-cli -h "$HOST" get answer' | head -1)"
# A second start with the same key finds the same databases.
"${compose[@]}" --file "$project/build/local/compose.yaml" down --timeout 1 >/dev/null 2>&1
sed -i 's/create table/create table if not exists/' "$project/score.yaml"
(cd "$project" && "$SCOREC" build --quiet)
"${compose[@]}" --file "$project/build/local/compose.yaml" up --detach --wait --wait-timeout 120 >"$work/log" 2>&1 \
  || { cat "$work/log" >&2; fail "store did not come up again"; }
expect "data after a restart" "42 42" \
  "$(inside store-sql sh -c 'psql "$ORDERS" -Atc "select string_agg(id::text, '"' '"') from orders"')"
