#!/bin/bash
# usage: guard.sh ROOT LOG SIGNAL COMMAND [ARG...]
# Runs COMMAND in a process group of its own and prints the group's id. When COMMAND ends by itself, ends the
# rest of its group and closes stdout. When stdin closes, which happens when the process that started this one
# ends, be it by SIGKILL, ends the group and removes ROOT.
root=$1 log=$2 signal=$3
shift 3
exec 3<&0

set -m
"$@" </dev/null >>"$log" 2>&1 3<&- &
group=$!
set +m
# A parent that is gone already has closed the pipe that the next line writes to.
trap '' INT HUP TERM PIPE
echo "$group" 2>/dev/null

# A killed process leaves its port and files a moment later, and its children later still.
wait_for_group() {
  for _ in $(seq "$1"); do
    kill -0 -- "-$group" 2>/dev/null || return
    sleep 0.02
  done
}

end_group() {
  kill "-$1" -- "-$group" 2>/dev/null
  wait_for_group 750
  kill -KILL -- "-$group" 2>/dev/null
  wait_for_group 250
}

cat <&3 >/dev/null &
parent=$!
wait -n
if kill -0 "$parent" 2>/dev/null; then
  end_group KILL
  exec >&-
  wait "$parent"
fi

end_group "$signal"
# Guards of other brokers do the same at the same time.
for _ in $(seq 50); do
  rm -rf -- "$root" 2>/dev/null
  [ -e "$root" ] || break
  sleep 0.1
done
