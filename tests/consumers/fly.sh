#!/usr/bin/env bash
# Holds what scorec built for Fly.io to the documented fields of fly.toml, and secrets to what `fly secrets import` reads.
#
#   fly.sh FOLDER…   folders, at any depth of which a fly.toml lies
#
# Prints counts, and what is wrong with each app that is refused. Where `flyctl` is installed, it validates too.
set -euo pipefail
[ $# -gt 0 ] || { echo "usage: fly.sh FOLDER…" >&2; exit 2; }
# `-I` keeps the folder of this script out of the way of modules, whatever its files are called.
exec python3 -I "$(dirname "$0")/fly.py" "$@"
