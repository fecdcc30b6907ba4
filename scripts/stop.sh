#!/bin/sh
# npm stop: takes the lab away completely.
set -eu
# shellcheck source=scripts/prepare.sh
. "$(dirname "$0")/prepare.sh"
exec holdfast lab down
