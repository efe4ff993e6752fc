#!/usr/bin/env bash
# Shows the YAML that scorec writes to readers of YAML in other languages: every string must come out of each as it went in.
#
# The strings are the table in tests/format.rs. Readers: PyYAML, ruamel.yaml, `yaml` and `js-yaml` of Node, and the yaml.v3
# and sigs.k8s.io/yaml of Go, which are those of kubectl. Kubernetes' own encoder of KYAML must write the same bytes.
# Prints counts. Needs Cargo, Python, Node and Go; what it installs goes below target/tools.
set -euo pipefail
cd "$(dirname "$0")/../.."
tools=$PWD/target/tools
out=$PWD/target/readers
rm -rf "$out" && mkdir -p "$tools/readers" "$out"
[ -x "$tools/venv/bin/python" ] || python3 -m venv "$tools/venv"
"$tools/venv/bin/python" -c 'import ruamel.yaml, yaml' 2>/dev/null ||
  "$tools/venv/bin/pip" install --quiet PyYAML ruamel.yaml
# npm takes away what was not asked for, so each script has a folder of its own.
[ -d "$tools/readers/node_modules/js-yaml" ] ||
  npm install --silent --no-save --prefix "$tools/readers" yaml js-yaml
SCOREC_READERS_OUT=$out cargo test --quiet --test format files_for_other_readers >/dev/null
(cd tests/readers/go && go build -o "$tools/readers/go" .)
exec "$tools/venv/bin/python" -I tests/readers/compare.py "$tools/readers" "$out"
