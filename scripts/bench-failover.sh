#!/bin/sh
# npm run bench:failover [-- --repeat N --fault NAME …]: the same faults on Holdfast's configuration and on the baseline.
set -eu
# shellcheck source=scripts/prepare.sh
. "$(dirname "$0")/prepare.sh"

exec node bench/failover/main.ts "$@"
