#!/bin/sh
# npm start: a site of two nodes and a witness on this machine, broken on purpose while clients write, and the proof. Where the
# machine cannot hold that, examples/ha-module in its place.
set -eu
# shellcheck source=scripts/prepare.sh
. "$(dirname "$0")/prepare.sh"

# What this machine lacks for the lab, and what would help. The lab's root has sbin on its path, whoever asks here may not.
# shellcheck disable=SC2016 # the dollars are JavaScript's
lacking=$(PATH=$PATH:/usr/sbin:/sbin node --input-type=module -e '
	import { missingRequirements } from "./packages/holdfast/dist/lab/index.js";
	for (const { message, remedy } of missingRequirements()) console.log(`  * ${message}\n    → ${remedy}`);
')
if [ -n "$lacking" ]; then
	cat <<END
This machine cannot hold the lab of two nodes and a witness:
$lacking

So here is the other way to run something once and not twice: three copies of a module on this machine, of which one leads,
and what happens to its messages when the leader is killed, stopped and asked to end.

END
	exec node examples/ha-module/dist/main.js
fi

site=/var/lib/holdfast/${HOLDFAST_LAB:-lab}/site/site.yaml
mkdir -p reports

bold='' plain=''
if [ -t 1 ]; then bold=$(printf '\033[1m') plain=$(printf '\033[0m'); fi
run() {
	printf '\n%s$ %s%s\n' "$bold" "$*" "$plain"
	"$@"
}

run holdfast lab up
run holdfast apply "$site" --yes
run holdfast status "$site"
run holdfast drill "$site" --fault power-cut --fault process-crash --fault planned-move \
	--json reports/drill.json --report reports/drill.html --junit reports/drill.xml

cat <<END

The report with the time line: $PWD/reports/drill.html
The site file behind all this: $site

Next:
  npx holdfast status $site --watch                 who is active, and what would happen next
  npx holdfast drill $site --fault network-cut      another fault; --all for every one
  npx holdfast lab shell alpha                      a look inside a node
  npm stop                                          takes the lab away completely
END
