# shellcheck shell=bash
# The node's processes: each has a file in $STATE/pid with its pid, its start time, the boot and a hash of how it was started.
# A pid alone may have been given to a stranger since; a stranger is never taken for ours and never killed. Sourced, never run.

# birth PID: when it started, in ticks since boot, with the boot's id. Fails when there is no such process.
birth() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  # The command's name (field 2) may hold spaces: count from behind its bracket.
  read -r -a stat <<<"${stat##*) }"
  [[ ${stat[0]} != Z ]] || return 1
  printf '%s-%s' "${stat[19]}" "$(cat /proc/sys/kernel/random/boot_id)"
}

# pid_of NAME: its pid when it lives. Fails when it does not.
pid_of() {
  local pid born
  read -r pid born _ 2>/dev/null <"$STATE/pid/$1" || return 1
  [[ $(birth "$pid") == "$born" ]] || return 1
  printf '%s' "$pid"
}

# launch NAME HASH COMMAND…: starts it in a session and an environment of its own, with a log. It writes its pid file itself before it becomes
# the command: there is no moment at which it runs and nobody knows.
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

# stop NAME: asks it to end, waits ten seconds, then ends it.
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

# wait_for SECONDS COMMAND…: true as soon as it succeeds.
wait_for() {
  local until=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    if ((SECONDS >= until)); then return 1; fi
    sleep 0.2
  done
}

# ensure NAME HEALTHY FILE COMMAND…: leaves it running, in good health, from this very command and this configuration file
# (`-`: none), with these certificates. HEALTHY is a function. Prints what it did.
ensure() {
  local name=$1 healthy=$2 file=$3 hash pid running=''
  shift 3
  hash=$({ printf '%s\n' "$@"; cat "$STATE/pki/ca.crt"; if [[ $file != - ]]; then cat "$file"; fi; } | sha256sum | cut -c1-12)
  if pid=$(pid_of "$name"); then
    read -r _ _ running <"$STATE/pid/$name"
    if [[ $running == "$hash" ]] && wait_for 15 "$healthy"; then
      echo "$name runs (pid $pid)"
      return
    fi
    echo "$name is replaced: it does not answer, or is to be started differently"
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
  die "The node's $name did not come up; the end of $STATE/log/$name.log says why: $(tail -n 3 "$STATE/log/$name.log")"
}
