#!/bin/sh
# npm test: style, types, unused code, and every test this machine can hold. Says what it left out and why.
set -eu
# Judges of what is compiled and encrypted; their tests are skipped where they are missing.
extra_packages='shellcheck age openipmi ipmitool snmp snmpd fence-agents mosquitto qemu-system-x86'
# shellcheck source=scripts/prepare.sh
. "$(dirname "$0")/prepare.sh"

step() {
	printf '\n== %s\n' "$1"
	shift
	"$@"
}

step "Style" biome check .
step "Types" tsc -p packages/holdfast/tsconfig.test.json --noEmit
step "Types of the election" tsc -p packages/election/tsconfig.test.json --noEmit
step "Types of dedupe" tsc -p packages/dedupe/tsconfig.test.json --noEmit
step "Types of the benchmarks" tsc -p bench/failover/tsconfig.json --noEmit
step "Types of the benchmark of the scheduler" tsc -p bench/what-if/tsconfig.json --noEmit
step "Types of the catalogue's benchmark" tsc -p bench/catalogue/tsconfig.json --noEmit
step "Types of the election's benchmarks" tsc -p bench/election/tsconfig.json --noEmit
step "Types of dedupe's benchmarks" tsc -p bench/dedupe/tsconfig.json --noEmit
step "Unused code" knip
step "Packages as others see them" node scripts/check-packages.mjs
step "Tests without machines" vitest run --project unit
step "Tests in the lab" vitest run --project lab
# After the lab, whose image holds those programs.
step "What the owning programs of Debian 12 say of what is compiled" vitest run --project oracle
step "What those of Debian 13 say of it" env HOLDFAST_RELEASE=trixie vitest run --project oracle
