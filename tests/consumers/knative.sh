#!/usr/bin/env bash
# Feeds what scorec built for Cloud Run to the published schema of Knative, and to the fields and limits that Google
# documents: every service must be valid, and nobody else may read the secrets beside it.
#
#   knative.sh FOLDER…   folders, at any depth of which the output folders lie
#
# Prints counts, and what is wrong with each service that is refused. Needs Node; what it installs goes below
# target/tools.
set -euo pipefail
[ $# -gt 0 ] || { echo "usage: knative.sh FOLDER…" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
tools=$here/../../target/tools/knative
mkdir -p "$tools"
[ -d "$tools/node_modules/@kubernetes-models/knative" ] && [ -d "$tools/node_modules/yaml" ] ||
  npm install --silent --no-save --prefix "$tools" @kubernetes-models/knative@4 yaml@2
exec node "$here/knative.mjs" "$tools" "$@"
