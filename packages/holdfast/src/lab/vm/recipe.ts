import { createHash } from 'node:crypto';
import { type ImageRecipe, imageRecipe, type Release, recipeHash } from '../image/recipe.ts';
import { initrdModules, initScript } from './initrd.ts';

/** The machines' recipe, with a kernel of its own and what a computer of its own has to run. */
export function vmRecipe(release?: Release): ImageRecipe {
  const machine = imageRecipe(release);
  return {
    ...machine,
    packages: [...machine.packages, 'linux-image-amd64', 'busybox-static', 'dmsetup'],
    dpkgOptions: [
      ...machine.dpkgOptions,
      ...absentDrivers.map((path) => `path-exclude=/lib/modules/*/kernel/${path}/*`),
    ],
    enabledUnits: ['lab-start.service', 'lab-identity.service'],
    maskedUnits: [...machine.maskedUnits.filter((unit) => !runningUnits.includes(unit)), ...idleUnits],
    files: { ...machine.files, ...files },
  };
}

/** Twelve hexadecimal digits that change with anything of the recipe or of the first program. */
export function vmRecipeHash(recipe: ImageRecipe): string {
  const text = JSON.stringify([recipeHash(recipe), initScript, initrdModules, rootDiskSize]);
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

/** Of the file system, before what a machine writes; the file is sparse. */
export const rootDiskSize = '3G';

/** Drivers of hardware that QEMU does not show. */
const absentDrivers = [
  'drivers/gpu',
  'drivers/iio',
  'drivers/infiniband',
  'drivers/media',
  'drivers/net/ethernet',
  'drivers/net/wireless',
  'drivers/scsi',
  'drivers/staging',
  'drivers/usb',
  'sound',
];

/** Masked in a container, needed on a computer of its own: devices, and the power button. */
const runningUnits = [
  'modprobe@.service',
  'systemd-logind.service',
  'systemd-udev-trigger.service',
  'systemd-udevd.service',
  'systemd-udevd-control.socket',
  'systemd-udevd-kernel.socket',
];

/** What only takes time when a machine boots. */
const idleUnits = [
  'getty@.service',
  'serial-getty@.service',
  'systemd-binfmt.service',
  'dev-hugepages.mount',
  'sys-kernel-debug.mount',
  'sys-kernel-tracing.mount',
];

const files = {
  // The state that nodes share when a site asks for a shared disk, under the name it has in every lab.
  'etc/tmpfiles.d/holdfast-shared.conf': 'L+ /dev/holdfast-shared - - - - /dev/vdc\n',
  // /dev/watchdog0 is the card i6300esb; the chipset's own would be a second one.
  'etc/modprobe.d/lab.conf': 'blacklist iTCO_wdt\n',
  'etc/sysctl.d/90-lab.conf': `net.ipv6.conf.all.disable_ipv6=1
net.ipv6.conf.default.disable_ipv6=1
net.ipv4.conf.all.arp_ignore=1
net.ipv4.conf.all.arp_announce=2
net.ipv4.conf.all.rp_filter=0
net.ipv4.conf.default.rp_filter=0
`,
  'etc/systemd/system/lab-start.service': `[Unit]
Description=Addresses and the workload's programs of a lab machine
DefaultDependencies=no
ConditionPathExists=/etc/holdfast-lab/start
After=systemd-remount-fs.service
Before=network.target sysinit.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh /etc/holdfast-lab/start

[Install]
WantedBy=sysinit.target
`,
  // The template has no host key; each machine gets its own.
  'etc/systemd/system/ssh.service.d/lab.conf': '[Unit]\nConditionPathExists=/etc/ssh/ssh_host_ed25519_key\n',
  // A machine that goes on from a saved memory is told here who it is.
  'etc/systemd/system/lab-identity.service': `[Unit]
Description=Takes the identity of a lab machine from the second serial line
ConditionPathExists=!/etc/holdfast-lab/start
After=multi-user.target

[Service]
ExecStart=/bin/sh /etc/holdfast-lab/take-identity

[Install]
WantedBy=graphical.target
`,
  'etc/holdfast-lab/take-identity': `# Runs the shell script that comes over the line, says how it ended, and takes the time of day.
stty -F /dev/ttyS1 raw -echo
exec 3<>/dev/ttyS1
echo ready >&3
script=$(sed -u '/^# the end$/q' <&3)
printf '%s\\n' "$script" | sh
echo "ended $?" >&3
read -r now <&3
date --set="@$now" >/dev/null
echo clock >&3
`,
};
