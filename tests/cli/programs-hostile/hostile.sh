#!/bin/sh
good='{"outputs": {"a": "fine"}}'
case $1 in
  well) cat > /dev/null; echo "$good" ;;
  deaf) exec 0<&-; echo "$good" ;;
  never) while :; do sleep 1; done ;;
  stubborn) trap '' TERM; while :; do sleep 1; done ;;
  endless) while :; do echo "$good$good$good$good$good$good$good$good"; done ;;
  endless-errors) while :; do echo "again"; done >&2 ;;
  background) sleep 30 & echo "$good" ;;
  escaped) setsid sleep 4 & echo "$good" ;;
  crash) kill -SEGV $$ ;;
  code) exit 7 ;;
  secrets) echo '{"secrets": {"b": "hunter2"}}'; echo "the password hunter2 was refused" >&2; exit 1 ;;
  terminal) printf '\033[31mred\007\033[2J\n' >&2; exit 1 ;;
  many-lines) i=0; while [ $i -lt 3000 ]; do i=$((i + 1)); echo "line $i"; done >&2; exit 1 ;;
  long-line) printf '%05000d\n' 0 >&2; exit 1 ;;
  nothing) ;;
  words) echo "done" ;;
  two) echo "$good $good" ;;
  bytes) printf '{"outputs": {"a": "\377"}}' ;;
  deep) printf '{"outputs": {"a": '; printf '%0100000d' 0 | tr 0 '['; ;;
  list) echo '[]' ;;
  key) echo '{"outputs": {}, "secret": {"b": "hunter2"}}' ;;
  outputs) echo '{"outputs": ["a"]}' ;;
  number) echo '{"outputs": {"a": 123456789012345678901234567890}}' ;;
  secret-number) echo '{"outputs": {"a": "x"}, "secrets": {"b": 5}}' ;;
  secret-shown) echo '{"outputs": {"a": "at hunter2"}, "secrets": {"b": "hunter2"}}' ;;
  notes) echo '{"outputs": {"a": "x"}, "notes": ["\u001b[2Jgone", 5]}' ;;
  note) echo '{"outputs": {"a": "x"}, "notes": ["\u001b[2Jgone"]}' ;;
esac
