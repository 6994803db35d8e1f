#!/bin/sh
# Imports saved objects into Kibana. KIBANA_URL is its URL, including the space if there is one; OBJECTS is the folder with *.ndjson;
# LOGIN is a folder with `apiKey`, or `username` and `password`, and `ca.crt`, each of them optional. Exits with 0 only if
# Kibana confirms that it has imported all of them.
set -eu

# Passed to curl as a configuration file, so that secrets do not appear among a process's arguments.
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
  echo "Importing ${file##*/} into $KIBANA_URL"
  # A Kibana that has just started answers 503 for a while.
  answer=$(options | curl --config - --silent --show-error --fail-with-body --max-time 60 \
    --retry "${RETRIES:-20}" --retry-delay "${RETRY_SECONDS:-15}" --retry-connrefused \
    --header 'kbn-xsrf: code-delivery' --form "file=@$file" \
    "${KIBANA_URL%/}/api/saved_objects/_import?overwrite=true") || {
    echo "Importing $file into Kibana failed: ${answer:-no answer}. Check kibana.url and kibana.secret." >&2
    exit 1
  }
  case $answer in
  *'"success":true'*) ;;
  *)
    echo "Kibana did not import all objects in $file: $answer" >&2
    exit 1
    ;;
  esac
done
