/** What is known of software that runs at the edge, by the name of its unit. */
export interface KnownWorkload {
  readonly unit: RegExp;
  readonly name: string;
  /** Where it keeps what must move with it. */
  readonly directory?: string;
  /** How it acknowledges before the disk has it, and what stops that. */
  readonly acknowledgesEarly?: string;
  /** How it reboots the machine by itself, and what stops that. */
  readonly reboots?: string;
  /** What of it lives outside its directory. */
  readonly outside?: string;
}

export function knownWorkload(unit: string): KnownWorkload | undefined {
  const name = unit.replace(/\.service$/, '');
  return known.find((each) => each.unit.test(name));
}

const known: readonly KnownWorkload[] = [
  {
    unit: /^greengrass(-.*)?$/,
    name: 'AWS IoT Greengrass',
    directory: '/greengrass/v2',
    acknowledgesEarly:
      "the MQTT spooler of Greengrass keeps messages in memory unless its storageType is Disk, and Stream Manager's flush_on_write is false by default",
    reboots:
      "a deployment that needs it ends the nucleus with code 101, on which the loader's unit reboots the machine",
    outside: 'its Java, its unit file and certificates below /etc',
  },
  {
    unit: /^(nats|nats-server)$/,
    name: 'NATS',
    acknowledgesEarly:
      'JetStream acknowledges before fsync, which it calls every 2 minutes, unless sync_interval is always',
  },
  {
    unit: /^mosquitto(@.*)?$/,
    name: 'Mosquitto',
    directory: '/var/lib/mosquitto',
    acknowledgesEarly: 'Mosquitto keeps messages in memory and writes them every autosave_interval (30 minutes)',
    outside: 'its passwords and certificates below /etc/mosquitto',
  },
  {
    unit: /^redis(-server)?(@.*)?$/,
    name: 'Redis',
    directory: '/var/lib/redis',
    acknowledgesEarly: 'Redis calls fsync every second at most, unless appendfsync is always',
  },
  {
    unit: /^(node-?red|nodered)$/i,
    name: 'Node-RED',
    acknowledgesEarly: 'context is kept in memory, or written after 30 s (flushInterval)',
  },
  {
    unit: /^influxd?b?$/,
    name: 'InfluxDB',
    directory: '/var/lib/influxdb',
  },
  { unit: /^postgresql(@.*)?$/, name: 'PostgreSQL', directory: '/var/lib/postgresql' },
  { unit: /^(mysql|mysqld|mariadb)(@.*)?$/, name: 'MariaDB or MySQL', directory: '/var/lib/mysql' },
  {
    unit: /^(aziot-edged|iotedge)$/,
    name: 'Azure IoT Edge',
    directory: '/var/lib/aziot',
    outside: 'its containers, below /var/lib/docker, and its configuration below /etc/aziot',
  },
];
