#!/bin/sh
# Renders a chart: RELEASE CHART NAME=VALUE… to a list of manifests. helm writes YAML, and yq turns it into JSON.
set -eu
release=$1 chart=$2
shift 2
for setting; do set -- "$@" --set "$setting"; shift; done
rendered=$(helm template "$release" "$chart" "$@")
manifests=$(printf '%s\n' "$rendered" | yq eval-all --output-format=json --indent=0 '[.]')
printf '{"outputs": {"manifests": %s}}\n' "$manifests"
