#!/usr/bin/env bash
# Feeds what scorec built to the published schemas of Kubernetes: every object of every project must be valid.
#
#   kubernetes.sh FOLDER…   folders, at any depth of which a manifests.yaml lies
#
# Prints counts, and what is wrong with each object that is refused. Needs Python and Node; what it installs goes
# below target/tools.
set -euo pipefail
[ $# -gt 0 ] || { echo "usage: kubernetes.sh FOLDER…" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
tools=$here/../../target/tools
mkdir -p "$tools/kubernetes"
[ -x "$tools/venv/bin/python" ] || python3 -m venv "$tools/venv"
"$tools/venv/bin/python" -c 'import kubernetes_validate, yaml' 2>/dev/null ||
  "$tools/venv/bin/pip" install --quiet kubernetes-validate PyYAML
# npm takes away what was not asked for, so this has a folder of its own.
[ -d "$tools/kubernetes/node_modules/@kubernetes-models/external-secrets" ] ||
  npm install --silent --no-save --prefix "$tools/kubernetes" \
    @kubernetes-models/gateway-api@2 @kubernetes-models/external-secrets@2
# `-I` keeps the folder of this script out of the way of modules, whatever its files are called.
exec "$tools/venv/bin/python" -I "$here/kubernetes.py" "$tools/kubernetes" "$@"
