#!/bin/sh
# npm test: style, types, unused code, and every test this machine can hold. Says what it left out and why.
set -eu
# shellcheck source=scripts/prepare.sh
. "$(dirname "$0")/prepare.sh"

step() {
	printf '\n== %s\n' "$1"
	shift
	"$@"
}

step "Style" biome check .
step "Types" tsc -p packages/holdfast/tsconfig.test.json --noEmit
step "Unused code" knip
step "Tests without machines" vitest run --project unit
step "What the owning programs say of what is compiled" vitest run --project oracle
step "Tests in the lab" vitest run --project lab
