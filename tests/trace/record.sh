#!/bin/sh
# Record a program on this machine, print the recording in every way people
# do, and import each.  Usage: record.sh SAMPLE-TEST-PROGRAM
#
# Exits 77 (skipped) where nothing can be recorded: no perf, not root, no
# tracepoints.
set -eu
sample=$1
skip() { echo "cannot record here: $1"; exit 77; }
command -v perf >/dev/null || skip "no perf"
[ "$(id -u)" -eq 0 ] || skip "not root"

dir=$(mktemp -d /tmp/trace-record.XXXXXX)
mounted=
cleanup() {
	[ -z "$mounted" ] || umount /sys/kernel/tracing || true
	rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 1' INT TERM
if [ ! -d /sys/kernel/tracing/events/exceptions ]; then
	mount -t tracefs nodev /sys/kernel/tracing 2>/dev/null ||
	    skip "no tracefs"
	mounted=yes
fi

record() {
	out=$1
	events=$2
	shift 2
	perf record -q -e "$events" -o "$dir/$out.data" "$@" \
	    >/dev/null 2>"$dir/record.err" || {
		cat "$dir/record.err"
		skip "perf record failed"
	}
}
show() {
	out=$1
	name=$2
	shift 2
	perf script -i "$dir/$out.data" "$@" >"$dir/$name.txt" 2>/dev/null
	"$sample" "$dir/$name.txt" >"$dir/log" 2>&1 || {
		echo "perf script $*: does not import"
		head -5 "$dir/$name.txt"
		cat "$dir/log"
		exit 1
	}
	sed -n '/lines:/p' "$dir/log"
}

calls=syscalls:sys_enter_mmap,syscalls:sys_exit_mmap
calls=$calls,syscalls:sys_enter_munmap,syscalls:sys_enter_mprotect
calls=$calls,syscalls:sys_enter_brk,syscalls:sys_exit_brk
calls=$calls,syscalls:sys_enter_madvise
calls=$calls,syscalls:sys_enter_mremap,syscalls:sys_exit_mremap
calls=$calls,syscalls:sys_enter_clone,syscalls:sys_enter_clone3
lives=sched:sched_process_fork,sched:sched_process_exec,sched:sched_process_exit
fault=exceptions:page_fault_user

load='i=0; while [ $i -lt 3 ]; do
	ls -lR /usr/include/linux | sort | uniq -c | wc -l; i=$((i + 1))
done'
record all "$fault,$calls,$lives" sh -c "$load"
show all readme -F comm,pid,tid,time,event,trace
show all default
show all cpu -F comm,tid,cpu,time,event,trace
show all bare -F tid,event,trace
show all fine --ns -F pid,tid,time,event,trace
show all symbols -F comm,pid,tid,cpu,time,period,event,trace,ip,sym
show all own --header --show-task-events --show-mmap-events

# less was recorded: no calls; no lives; a process that was there before
record faults "$fault,$lives" sh -c "$load"
show faults faults
record calls "$fault,$calls" sh -c "$load"
show calls calls
record stacks "$fault,$calls,$lives" -g sh -c "$load"
show stacks stacks
