#!/bin/sh
# npm run test:machines [-- FOLDER]: everything that npm test leaves out because it takes hours: virtual machines with real DRBD and watchdogs,
# the whole catalogue of faults on them and in containers, thirty power cuts, the tutorial's configuration, and the what-if's seconds.
# Every drill is written to FOLDER (bench/results/machines) at once; given again, it goes on. Give it the whole computer. Exit code 1 when
# anything did not pass; the rest is done all the same.
set -eu
extra_packages='openipmi ipmitool fence-agents qemu-system-x86 qemu-utils e2fsprogs xz-utils pacemaker-cli-utils'
# shellcheck source=scripts/prepare.sh
. "$(dirname "$0")/prepare.sh"
folder=${1:-bench/results/machines}
mkdir -p "$folder"
failed=

step() {
	title=$1
	shift
	printf '\n== %s\n' "$title"
	"$@" || failed="$failed
  $title"
}

step "The lab of virtual machines, and DRBD on it" env HOLDFAST_VM_LAB=1 vitest run --project lab packages/holdfast/test/lab/vm
step "What-if of a three-node site" node bench/what-if/main.ts packages/holdfast/src/site/golden/press-line.yaml
step "Every fault in containers" node bench/catalogue/main.ts --results "$folder/containers.jsonl"
step "Every fault on virtual machines" node bench/catalogue/main.ts --machines vm --results "$folder/vm.jsonl"
step "Thirty power cuts under load" node bench/catalogue/main.ts --machines vm --fault power-cut --repeat 30 --results "$folder/vm-power-cuts.jsonl"
step "The tutorial's configuration, cut off" node bench/failover/main.ts --machines vm --only baseline --fault network-cut --repeat 1 --results "$folder/vm-tutorial.jsonl"
[ -z "$failed" ] || {
	printf '\nNot passed:%s\n' "$failed"
	exit 1
}
