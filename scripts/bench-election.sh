#!/bin/sh
# npm run bench:election [-- --repeat N --seconds N --only MEASURE --results FILE]: elections over etcd side by side. etcd is Debian's,
# unpacked beside the system where it is not installed.
set -eu
# curl: to ask a member of etcd in its network namespace.
extra_packages='curl'
# shellcheck source=scripts/prepare.sh
. "$(dirname "$0")/prepare.sh"

exec node bench/election/main.ts "$@"
