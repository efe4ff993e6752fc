#!/usr/bin/env bash
# Feeds what scorec built to the types of Nomad's own client: every job and variable must be what they read, to the
# last field, and every template must render to what Nomad reads back.
#
#   nomad.sh FOLDER…   folders, at any depth of which *.nomad.json and *.vars.json lie
#
# Prints counts, and what is wrong with each file that is refused. Needs Go; what it builds goes below target/tools.
set -euo pipefail
[ $# -gt 0 ] || { echo "usage: nomad.sh FOLDER…" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
tools=$here/../../target/tools/nomad
mkdir -p "$tools"
cp "$here/nomad.go" "$tools/main.go"
(
  cd "$tools"
  [ -f go.mod ] || go mod init check >/dev/null 2>&1
  grep -q hashicorp/nomad/api go.mod ||
    go get github.com/hashicorp/nomad/api@v0.0.0-20260907080526-08ef8f3d26da github.com/hashicorp/go-envparse@v0.1.0 >/dev/null 2>&1
  go build -o check .
)
find "$@" \( -name '*.nomad.json' -o -name '*.vars.json' \) -type f | sort > "$tools/list"
[ -s "$tools/list" ] || { echo "no *.nomad.json below $*" >&2; exit 1; }
xargs -a "$tools/list" "$tools/check"
