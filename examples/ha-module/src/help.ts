/** What main.ts says to --help. */
export const DEMONSTRATION_HELP = `Three copies of a module on this computer, of which one leads: what happens when that one is killed, stopped, asked to end

  npm start -w holdfast-example-ha-module [-- options]

Options
  --store <store>      where the lease is kept (default: an SQLite file in a temporary folder)
  --lease-ms <ms>      length of the lease, 100 to 3600000 (default 500)
  --transport <kind>   mqtt or http (default mqtt where mosquitto is installed, else http)
  --help               this text

Stores
  sqlite:/tmp/lease.db                      a file on this computer
  etcd://127.0.0.1:2379[,127.0.0.1:2381…]   etcd, one member or several

Exit codes
  0  every count was as promised     1  not
  2  it could not be run             130  interrupted

Examples
  npm start -w holdfast-example-ha-module
  npm start -w holdfast-example-ha-module -- --transport http --lease-ms 1000
  npm start -w holdfast-example-ha-module -- --store etcd://127.0.0.1:2379
`;

/** What module.ts says to --help. */
export const MODULE_HELP = `One copy of the module: while it leads, it reads the press and publishes each stroke with its fencing token

  node dist/module.js --name <name> --store <store> --press <url> --publish <url> [options]

Options
  --name <name>        this copy's name; each needs its own
  --store <store>      where the lease is kept: sqlite:<path>, for copies on one host, or etcd://<host>:<port>[,<host>:<port>…]
  --press <url>        the press's controller, http:// or https://
  --publish <url>      mqtt:// or mqtts://: a broker; http:// or https://: the receiver itself
  --key <key>          the name that all copies share (default cell-7/press)
  --lease-ms <ms>      length of the lease, 100 to 3600000 (default 500)
  --help               this text

Exit codes
  0  stopped by TERM or INT
  1  the store, the broker or the press cannot be used, or kept it from ending for 2 s; let a service manager start it again
  2  the command line cannot be used, or Node.js is older than 22.13

Examples
  node dist/module.js --name a --store etcd://10.0.0.1:2379 --press http://10.0.0.7:8080 --publish mqtt://10.0.0.9
  node dist/module.js --name b --store sqlite:/var/lib/press/lease.db --press http://10.0.0.7:8080 --publish http://10.0.0.8:8080
`;
