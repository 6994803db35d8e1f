#!/bin/sh
# Imports saved objects into Kibana. KIBANA_URL is its address, with its space if it has one; OBJECTS the folder with *.ndjson;
# LOGIN a folder with `apiKey`, or `username` and `password`, and `ca.crt`, each of which may be missing. Ends well only when
# Kibana says that it has taken all of them.
set -eu

# As a file of curl's options: what is secret is no argument of a process.
options() {
  if [ -f "$LOGIN/apiKey" ]; then
    printf 'header = "Authorization: ApiKey %s"\n' "$(cat "$LOGIN/apiKey")"
  elif [ -f "$LOGIN/username" ]; then
    printf 'user = "%s:%s"\n' "$(quoted "$LOGIN/username")" "$(quoted "$LOGIN/password")"
  fi
  if [ -f "$LOGIN/ca.crt" ]; then
    printf 'cacert = "%s"\n' "$LOGIN/ca.crt"
  fi
}

quoted() { sed 's/[\\"]/\\&/g' "$1"; }

for file in "$OBJECTS"/*.ndjson; do
  echo "importing ${file##*/} into $KIBANA_URL"
  # A Kibana that has just started says 503 for a while.
  answer=$(options | curl --config - --silent --show-error --fail-with-body --max-time 60 \
    --retry "${RETRIES:-20}" --retry-delay "${RETRY_SECONDS:-15}" --retry-connrefused \
    --header 'kbn-xsrf: code-delivery' --form "file=@$file" \
    "${KIBANA_URL%/}/api/saved_objects/_import?overwrite=true") || {
    echo "Kibana did not take $file: ${answer:-no answer}. Check kibana.url and kibana.secret." >&2
    exit 1
  }
  case $answer in
  *'"success":true'*) ;;
  *)
    echo "Kibana did not take all of $file: $answer" >&2
    exit 1
    ;;
  esac
done
