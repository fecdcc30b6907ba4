#!/bin/sh
# npm run bench:catalogue [-- --machines vm --fault NAME --repeat N --results FILE.jsonl]: every fault, budget beside measurement.
set -eu
# shellcheck source=scripts/prepare.sh
. "$(dirname "$0")/prepare.sh"

exec node bench/catalogue/main.ts "$@"
