#!/usr/bin/env bash
# Tests `step` in lib.sh: a step that passes shows its note, one that fails shows the end of its log, a long one what it is doing, and an
# interruption ends a step with all of its processes at once. `ahead` and `once`: what is begun ahead ends with the script, and is done once.
# And `forecast`: the README says the same.
source "$(dirname "${BASH_SOURCE[0]}")/testing.sh"
mkdir "$scratch/cache/log"

# steps COMMANDS: writes a script with these steps.
steps() { printf 'source %q\nSTEPS=2\ntrap interrupted INT TERM HUP\n%s\n' "$here/lib.sh" "$1" >"$scratch/script.sh"; }

steps 'note() { say "as said"; }
step "One" note
step "Another" bash -c "echo the reason; exit 3"'
if run bash "$scratch/script.sh"; then fail "The script continued after a failed step."; fi
says '^\[ 1/2\] One  *[0-9]*s  as said$' "The note is missing."
says '^the reason$' "The reason is missing."
ok "A step shows its note, and a failed step the end of its log"

steps 'step "Long" bash -c "printf \"  begun\n   \e[32mCompiling\e[0m serde v1\n\n\"; sleep 3.5"'
PROGRESS_SECONDS=2 run bash "$scratch/script.sh"
says '^\[ 1/2\] Long  *[23]s  … Compiling serde v1$' "It does not say what the step is doing."
says '^\[ 1/2\] Long  *[345]s  $' "The step's last line is missing."
ok "A long step says what it is doing, a line at a time where there is no terminal"

steps 'step "Long" bash -c "echo Compiling serde v1; sleep 2.5"'
run script --quiet --return --command "stty cols 70; bash '$scratch/script.sh'" /dev/null </dev/null
tr '\r' '\n' <"$scratch/output" | grep -q '^\[ 1/2\] Long  *[0-9]*s  Compiling serd' || fail "A terminal does not show what the step is doing."
ok "On a terminal, the step's line says so"

cat >"$scratch/script.sh" <<E
source $(printf %q "$here/lib.sh")
forecast demo
mkdir -p "\$BIN"
: >"\$BIN/kubernetes"
forecast test
printf '%s GiB\n' "\$FREE_MEMORY" "\$FIRST_BUILD_SPACE" "\$STATE_SPACE" >$(printf %q "$scratch/needed")
E
run bash "$scratch/script.sh"
says "takes 17 to 20 minutes on two cores, and up to 40 on a slow machine" "The first build is not announced."
says "tests then take" "The time of the tests is not announced."
while read -r need; do
  for page in README.md README.pt-BR.md; do
    grep -qF "$need" "$here/../$page" || fail "$page does not say that the demo needs $need."
  done
done <"$scratch/needed"
grep -q "first time 17 to 20 minutes, up to 40 on a slow machine" "$here/../README.md" || fail "README.md does not say how long the first build takes."
grep -q "primeira vez, de 17 a 20 minutos, até 40 numa máquina lenta" "$here/../README.pt-BR.md" || fail "README.pt-BR.md does not say how long the first build takes."
ok "What a run needs is said before it begins, and in README.md"

# over PID-FILE: waits until that process has ended. It may need a moment, and init one to reap it: a zombie has ended.
over() {
  local i
  for ((i = 0; i < 20; i++)); do
    if ! grep -qs '^State:[[:space:]]*[^Z[:space:]]' "/proc/$(cat "$1")/status"; then return; fi
    sleep 0.05
  done
  return 1
}

steps "trap end_ahead EXIT
ahead bash -c 'sleep 60 & echo \$! >$scratch/ahead; wait'
step 'One' bash -c 'until [[ -s $scratch/ahead ]]; do sleep 0.05; done; exit 3'"
if run bash "$scratch/script.sh"; then fail "The script continued after a failed step."; fi
over "$scratch/ahead" || fail "What was begun ahead goes on after the script's end."
ok "What is begun ahead ends with the script"

steps "first() { once $scratch/lock bash -c 'touch $scratch/begun; sleep 1; echo half way; sleep 1; touch $scratch/made'; }
second() { once $scratch/lock bash -c '[[ -e $scratch/made ]] && say made'; }
export -f say
ahead first
until [[ -e $scratch/begun ]]; do sleep 0.05; done
step 'Second' second
step 'Third' once $scratch/lock bash -c 'exit 3'"
if run bash "$scratch/script.sh"; then fail "A failed command under a lock passes."; fi
says '^\[ 1/2\] Second  *[0-9]*s  made$' "A step does not wait for what was begun ahead."
grep -q 'begun beside the earlier steps' "$scratch/cache/log/01-second.log" || fail "It does not say what it waits for."
grep -qx 'half way' "$scratch/cache/log/01-second.log" || fail "It does not show what was begun ahead."
ok "A step waits for what was begun ahead, and fails if its own command fails"

rm "$scratch/begun"
steps "first() { once $scratch/lock bash -c 'touch $scratch/begun; sleep 2'; }
late() { until [[ -e $scratch/begun ]]; do sleep 0.05; done; once $scratch/lock echo done; }
ahead late
step 'First' first
wait \"\$AHEAD\""
run bash "$scratch/script.sh"
[[ $(wc -l <"$scratch/cache/log/ahead.log") == 2 ]] || fail "What is begun ahead does not wait quietly for a step."
ok "What is begun ahead waits for a step, and does not follow its own output"

# followers: true if a process shows what was begun ahead.
followers() { grep -qzsxF -- "$scratch/cache/log/ahead.log" /proc/[0-9]*/cmdline; }
printf 'source %q\nonce %q true\n' "$here/lib.sh" "$scratch/held" >"$scratch/script.sh"
exec 8>"$scratch/held"
flock 8
bash "$scratch/script.sh" >"$scratch/output" 2>&1 8>&- &
script=$!
until followers; do sleep 0.05; done
kill -KILL "$script"
wait "$script" 2>/dev/null || true
exec 8>&-
for ((i = 0; i < 60; i++)); do
  if ! followers; then break; fi
  sleep 0.05
done
if followers; then fail "What shows the output outlives who waited for it."; fi
ok "What shows the output of what was begun ahead ends with who waits for it"

for signal in TERM INT HUP; do
  rm -f "$scratch/pid" "$scratch/ended"
  # The sleeping child does not get the signal by itself, and the step has an EXIT trap that must run.
  steps "step 'Long' bash -c 'trap \"touch $scratch/ended\" EXIT; sleep 60 & echo \$! >$scratch/pid; wait'"
  began=$SECONDS
  # A background command ignores INT, and a script cannot trap a signal that was ignored when it started.
  env --default-signal=INT,TERM,HUP bash "$scratch/script.sh" >"$scratch/output" 2>&1 &
  script=$!
  until [[ -s $scratch/pid ]]; do sleep 0.05; done
  kill -"$signal" "$script"
  status=0
  wait "$script" || status=$?
  ((status == 130 && SECONDS - began < 10)) || fail "$signal: it ended with $status after $((SECONDS - began)) s."
  says 'Interrupted. Run the same command again' "$signal: the message does not say what to do."
  [[ -e $scratch/ended ]] || fail "$signal: the step's EXIT trap did not run."
  over "$scratch/pid" || fail "$signal: a process of the step is still running."
  ok "$signal ends a step with all of its processes"
done
