# shellcheck shell=bash
# The node's processes: each has a file in $STATE/pid with its pid, its start time, the boot id and a hash of its command line.
# A pid alone may have been reused; another program is never mistaken for ours and never killed. Sourced, never run.

# birth PID: prints its start time, in ticks since boot, with the boot id. Fails if there is no such process.
birth() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  # The command's name (field 2) may contain spaces, so parse what follows its closing bracket.
  read -r -a stat <<<"${stat##*) }"
  [[ ${stat[0]} != Z ]] || return 1
  printf '%s-%s' "${stat[19]}" "$(cat /proc/sys/kernel/random/boot_id)"
}

# pid_of NAME: prints its pid if it is running, and fails otherwise.
pid_of() {
  local pid born
  read -r pid born _ 2>/dev/null <"$STATE/pid/$1" || return 1
  [[ $(birth "$pid") == "$born" ]] || return 1
  printf '%s' "$pid"
}

# launch NAME HASH COMMAND…: starts it in its own session and environment, with a log. The process writes its pid file before it executes
# the command, so it never runs without a pid file.
launch() {
  local name=$1 hash=$2 log=$STATE/log/$1.log
  shift 2
  mkdir -p "$STATE/pid" "$STATE/log"
  if [[ -f $log ]]; then mv -f "$log" "$log.1"; fi
  # shellcheck disable=SC2016 # expanded by the inner shell
  setsid --fork bash -c '
    source "$1/process.sh"
    printf "%s %s %s\n" $$ "$(birth $$)" "$3" >"$2.new" && mv "$2.new" "$2"
    shift 3
    cd /
    exec env -i HOME=/root PATH="$PATH" "$@"' bash "$ROOT/cluster" "$STATE/pid/$name" "$hash" "$@" </dev/null >"$log" 2>&1
}

# stop NAME: sends SIGTERM, and SIGKILL after ten seconds.
stop() {
  local pid
  if pid=$(pid_of "$1"); then
    kill -TERM "$pid" 2>/dev/null || true
    for ((i = 0; i < 100; i++)); do
      pid_of "$1" >/dev/null || break
      sleep 0.1
    done
    if pid=$(pid_of "$1"); then kill -KILL "$pid" 2>/dev/null || true; fi
  fi
  rm -f "$STATE/pid/$1"
}

# wait_for SECONDS COMMAND…: retries the command until it succeeds; fails after that many seconds.
wait_for() {
  local until=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    if ((SECONDS >= until)); then return 1; fi
    sleep 0.2
  done
}

# ensure NAME HEALTHY FILE COMMAND…: makes sure that it is running and healthy with exactly this command, this configuration file
# (`-`: none) and the current certificates. HEALTHY is a function. Prints what it did.
ensure() {
  local name=$1 healthy=$2 file=$3 hash pid running=''
  shift 3
  hash=$({ printf '%s\n' "$@"; cat "$STATE/pki/ca.crt"; if [[ $file != - ]]; then cat "$file"; fi; } | sha256sum | cut -c1-12)
  if pid=$(pid_of "$name"); then
    read -r _ _ running <"$STATE/pid/$name"
    if [[ $running == "$hash" ]] && wait_for 15 "$healthy"; then
      echo "$name is running (pid $pid)"
      return
    fi
    echo "$name is being restarted: it is not healthy, or its command or configuration has changed"
    stop "$name"
  fi
  launch "$name" "$hash" "$@"
  STARTED+=("$name")
  for ((i = 0; i < 600; i++)); do
    if "$healthy" >/dev/null 2>&1; then
      echo "$name started"
      return
    fi
    if ((i > 20)) && ! pid_of "$name" >/dev/null; then break; fi
    sleep 0.1
  done
  die "The node's $name did not start; see $STATE/log/$name.log, which ends with: $(tail -n 3 "$STATE/log/$name.log")"
}
