#!/bin/sh
# Counts how often it was asked, in its own state, and keeps what it was given.
request=$(cat)
echo "$request" > request.json
case $request in
  *'"mode":"deprovision"'*) echo '{"notes": ["the database is gone"]}'; exit ;;
  *'"state":{"count":2}'*) count=3 ;;
  *'"state":{"count":1}'*) count=2 ;;
  *) count=1 ;;
esac
printf '{"outputs": {"host": "db-%s.example.com"}, "secrets": {"password": "correct horse"}, ' "$count"
printf '"state": {"count": %s}, "notes": ["`db` was asked %s times, %s"]}\n' "$count" "$count" "${SCOREC_KEY:-without a key}"
