#!/bin/bash
# usage: guard.sh ROOT LOG SIGNAL COMMAND [ARG...]
# Runs COMMAND in a process group of its own until it ends or until stdin closes, which happens when the
# process that started this one ends, be it by SIGKILL. Then ends the whole group and removes ROOT.
# Prints the id of the group first. Exits with COMMAND's status when COMMAND ended by itself.
root=$1 log=$2 signal=$3
shift 3
exec 3<&0

set -m
"$@" </dev/null >>"$log" 2>&1 3<&- &
group=$!
set +m
trap '' INT HUP TERM
echo "$group"

cat <&3 >/dev/null &
parent=$!
wait -n
status=$?

# A killed process leaves its port and files a moment later, and its children later still.
wait_for_group() {
  for _ in $(seq "$1"); do
    kill -0 -- "-$group" 2>/dev/null || return
    sleep 0.02
  done
}

if kill -0 "$parent" 2>/dev/null; then
  kill -KILL -- "-$group" 2>/dev/null
  wait_for_group 250
  kill "$parent"
  exit "$status"
fi

kill "-$signal" -- "-$group" 2>/dev/null
wait_for_group 750
kill -KILL -- "-$group" 2>/dev/null
wait_for_group 250
for _ in $(seq 50); do
  rm -rf -- "$root" 2>/dev/null
  [ -e "$root" ] || break
  sleep 0.1
done
