# shellcheck shell=sh
# Sourced by the other scripts: brings what Holdfast needs onto this machine, saying what and why, and builds it.
# Everything is skipped when it is already there. Sets nothing but PATH.

cd "$(dirname "$0")/.." || exit 1
say() { printf '%s\n' "$*" >&2; }

# The lab's own needs, by Debian package, and what the caller adds. The rest of Holdfast needs node_modules only.
lab_packages="mmdebstrap systemd-container iproute2 mount openssh-client openssl util-linux ${extra_packages-}"

install_node_modules() {
	stamp=node_modules/.holdfast-installed
	if [ -f "$stamp" ] && cmp -s package-lock.json "$stamp"; then return; fi
	say "Installing node_modules, Node.js 24 among them, from package-lock.json: one or two minutes the first time."
	npm ci --ignore-scripts --no-audit --no-fund --loglevel=error </dev/null >&2 || exit 1
	cp package-lock.json "$stamp"
}

use_pinned_node() {
	PATH=$PWD/node_modules/.bin:$PATH
	export PATH
	node -e 'const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 22 || (major === 22 && minor >= 12) ? 0 : 1)' && return
	say "Node.js $(node --version) is too old and the pinned one is not available for this machine ($(uname -sm))."
	say "→ Install Node.js 24 and start again."
	exit 1
}

install_debian_packages() {
	[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 0
	missing=
	for package in $lab_packages; do
		dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
	done
	[ -n "$missing" ] || return 0
	say "Installing the Debian packages that the lab and its tests need:$missing"
	# shellcheck disable=SC2086 # a list of words
	if ! DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -o Dpkg::Use-Pty=0 --no-install-recommends $missing </dev/null >&2; then
		apt-get update -qq </dev/null >&2
		# shellcheck disable=SC2086
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -o Dpkg::Use-Pty=0 --no-install-recommends $missing </dev/null >&2 || {
			say "→ Without them there is no lab on this machine; everything else works."
		}
	fi
}

build() { tsc -b || exit 1; }

install_node_modules
use_pinned_node
install_debian_packages
build
