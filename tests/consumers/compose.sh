#!/usr/bin/env bash
# Feeds what scorec built to Docker Compose itself: `docker-compose config` must accept every project.
#
#   compose.sh FOLDER…   folders, at any depth of which a compose.yaml lies
#
# Prints counts, and what Compose says of each project that it refuses. Needs `docker-compose` (or COMPOSE).
set -euo pipefail
compose=${COMPOSE:-docker-compose}
[ $# -gt 0 ] || { echo "usage: compose.sh FOLDER…" >&2; exit 2; }

export SCOREC_COMPOSE=$compose
# An empty environment, so that a variable nobody meant is noticed wherever this runs.
one() {
  # Compose warns of a variable that nobody sets; one that scorec wrote and did not mean would show here.
  if ! said=$(env -i PATH="$PATH" "$SCOREC_COMPOSE" --file "$1" config --quiet 2>&1); then
    printf 'refused: %s\n%s\n' "$1" "$said"
  elif deferred=$(grep -o 'The \\"[^\\]*\\" variable is not set' <<<"$said" | sort -u) && [ -n "$deferred" ]; then
    while read -r line; do
      name=$(cut -d'"' -f2 <<<"$line"); name=${name%\\}
      grep -q "\${$name}" "$1" || printf 'refused: %s\n%s\n' "$1" "$line"
    done <<<"$deferred"
  fi
}
export -f one
list=$(mktemp); trap 'rm -f "$list"' EXIT
find "$@" -name compose.yaml -type f | sort > "$list"
count=$(wc -l < "$list")
[ "$count" -gt 0 ] || { echo "no compose.yaml below $*" >&2; exit 1; }
refused=$(xargs -a "$list" -P "$(nproc)" -I{} bash -c 'one "$1"' _ {})
bad=$(grep -c '^refused:' <<<"$refused" || true)
[ -z "$refused" ] || printf '%s\n' "$refused" >&2
echo "Compose accepts $((count - bad)) of $count projects"
[ "$bad" = 0 ]
