#!/bin/sh
# The recipes of docs/CAMPAIGN.md: GNU parallel, and a Slurm array on a cluster
# of this one machine, which is made here and goes away again.  Both give the
# same shards; merged, they are the sum of them.
# usage: campaign.sh AMAPSTORM
# Exits 77 where neither is installed.

set -eu
amapstorm=$1
tmp=$(mktemp -d)
daemons=

cleanup() {
	for pid in $daemons; do
		kill "$pid" 2> /dev/null || :
	done
	for pid in $daemons; do
		wait "$pid" 2> /dev/null || :
	done
	rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 1' INT TERM
chmod 755 "$tmp"
cd "$tmp"
PATH=$(dirname "$amapstorm"):$PATH
export PATH

fail() {
	echo "FAILED: $*"
	tail ./*.out ./*/*.log 2> /dev/null || :
	exit 1
}

# ops RUN: so many were measured
ops() {
	amapstorm report "$1" --format json -o ops.json || fail "report $1"
	sed -n 's/^    "ops": \([0-9]*\),$/\1/p' ops.json | head -n 1
}

# merged FOLDER: four shards and their sum
merged() {
	[ "$(find "$1" -name '*.db' | wc -l)" -eq 4 ] || fail "$1: $(ls "$1")"
	amapstorm merge "$1" -o "$1-all.db" > "$1-merge.out" ||
	    fail "$1 does not merge"
	sum=0
	for shard in "$1"/*.db; do
		sum=$((sum + $(ops "$shard")))
	done
	[ "$sum" -gt 1000 ] || fail "$1: shards of $sum operations"
	[ "$(ops "$1-all.db")" -eq "$sum" ] ||
	    fail "$1: $(cat "$1-merge.out"), expected $sum"
}

with_parallel() {
	mkdir parallel
	# shellcheck disable=SC1083
	parallel -j2 --halt now,fail=1 amapstorm run cow --threads 2 \
	    --duration 0 --ops 300 --seed 1 --shard {}/4 \
	    -o parallel/{}.db -q '>' parallel/{}.log '2>&1' ::: 1 2 3 4 \
	    > parallel.out 2>&1 || fail 'parallel'
	merged parallel
}

# started NAME COMMAND ...: a daemon
started() {
	what=$1
	shift
	"$@" > "$what.out" 2>&1 < /dev/null &
	daemons="$! $daemons"
}

# until_works COMMAND ...: for a minute at most
until_works() {
	i=0
	until "$@" > until.out 2>&1; do
		i=$((i + 1))
		[ $i -lt 120 ] || fail "$*"
		sleep 0.5
	done
}

idle() {
	sinfo -h -o %T | grep -q idle
}

cluster() {
	mkdir state spool
	dd if=/dev/urandom of=munge.key bs=32 count=1 2> /dev/null
	chmod 600 munge.key
	cat > slurm.conf <<CONF
ClusterName=here
SlurmctldHost=localhost
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/munge
AuthInfo=socket=$tmp/munge.socket
CredType=cred/munge
SlurmctldPort=26817
SlurmdPort=26818
SlurmctldPidFile=$tmp/slurmctld.pid
SlurmdPidFile=$tmp/slurmd.pid
StateSaveLocation=$tmp/state
SlurmdSpoolDir=$tmp/spool
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
MpiDefault=none
ReturnToService=2
NodeName=localhost NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=localhost Default=YES MaxTime=INFINITE State=UP
CONF
	SLURM_CONF=$tmp/slurm.conf
	export SLURM_CONF
	started munged munged --force --foreground --key-file="$tmp/munge.key" \
	    --socket="$tmp/munge.socket" --pid-file="$tmp/munged.pid" \
	    --log-file="$tmp/munged.log" --seed-file="$tmp/munged.seed"
	until_works munge -S "$tmp/munge.socket" -n
	started slurmctld slurmctld -D
	started slurmd slurmd -D -N localhost
	until_works idle
}

with_slurm() {
	cluster
	mkdir slurm
	cat > campaign.sh <<'JOB'
#!/bin/sh
#SBATCH --array=1-4
#SBATCH --cpus-per-task=1
#SBATCH --output=slurm/%a.log
exec amapstorm run cow --threads 2 --duration 0 --ops 300 --seed 1 \
    --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" \
    -o "slurm/$SLURM_ARRAY_TASK_ID.db" -q
JOB
	timeout 240 sbatch --wait campaign.sh > sbatch.out 2>&1 ||
	    fail 'sbatch'
	merged slurm
}

ran=0
if command -v parallel > /dev/null; then
	with_parallel
	ran=1
fi
if command -v sbatch > /dev/null && command -v slurmctld > /dev/null &&
    command -v slurmd > /dev/null && command -v munged > /dev/null; then
	with_slurm
	ran=1
fi
[ $ran -eq 1 ] || exit 77
exit 0
