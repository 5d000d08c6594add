#!/bin/sh
# Runs one attempt of a job: supervise JOB_FOLDER ATTEMPT DATA_KB OUTPUT COMMAND [ARGUMENT...]
# At most one process per job: the lock is inherited by whatever runs under it and is free when the last of it has ended, however it ended; and an attempt that is not newer
# than the last one that ran is a late starter whose lease was lost. Arguments reach the command as they are; nothing here is evaluated.
umask 077
job=$1 attempt=$2 data=$3 output=$4
shift 4
cd "$job/$attempt" || exit 74
exec </dev/null >>log 2>&1 9>>../lock
flock -w 20 9 || exit 75
last=$(cat ../last 2>/dev/null || echo 0)
[ "$attempt" -gt "$last" ] || exit 75
{ echo "$attempt" >../last.new && mv ../last.new ../last; } || exit 74
# When memory runs out the system ends this before anything that serves.
{ echo 500 >/proc/self/oom_score_adj; } 2>/dev/null
[ "$data" -eq 0 ] || ulimit -d "$data"
trap : HUP INT TERM
if [ "$output" = log ]; then "$@" & else "$@" >"$output" & fi
child=$!
# A signal interrupts the wait; the exit code is the command's own.
while :; do
  wait "$child"
  code=$?
  kill -0 "$child" 2>/dev/null || break
done
echo "$code" >exit.new && mv exit.new exit
