export const HELP = `holdfast-elect: runs a command on exactly one of several nodes

  holdfast-elect --store <store> --key <key> [options] -- <command> [arguments]

The command runs while this node leads, with HOLDFAST_TOKEN, a number that grows with every leader, in its environment:
hand it to what the command writes to, and let that refuse smaller ones. When the lease cannot be renewed the command is
sent TERM, then KILL, before another node can lead. When the command ends, the lease is released at once.

Options
  --store <store>    where the lease is kept; or the environment variable HOLDFAST_STORE, which ps does not show
  --key <key>        the name all candidates share
  --name <name>      this candidate's name; each needs its own (default: host name and process id)
  --lease <time>     length of the lease, 100ms to 60m (default 2s); an isolated leader is replaced after about this
  --stop <time>      from TERM to when another node may lead, when the lease is lost; KILL comes with a quarter of it left
                     (default an eighth of the lease, at most a quarter)
  --connect <time>   how long the store may take to answer at first (default 10s)
  --status <address> serves GET / (JSON) and GET /metrics (Prometheus) at this port of 127.0.0.1, or at address:port
  --help             this text

Stores
  etcd://host:2379[,host:2379…]                     etcds:// for TLS, with ?ca=, ?cert=, ?key= naming PEM files
  redis://host:6379[/database]                      rediss:// for TLS
  nats://host:4222/bucket                           needs @nats-io/kv and @nats-io/transport-node
  consul://host:8500                                consuls:// for TLS; token from CONSUL_HTTP_TOKEN
  kubernetes://[namespace]                          a Lease, in a pod, with its service account
  s3://bucket?region=eu-central-1[&endpoint=…]      credentials from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY
  dynamodb://table?region=eu-central-1[&endpoint=…] the same credentials
  azure-blob://account/container                    AZURE_STORAGE_SAS_TOKEN
  sqlite:/var/lib/app/lease.db                      several processes of one host

A user and password for etcd, Redis and NATS: HOLDFAST_STORE_USER, and HOLDFAST_STORE_PASSWORD or, naming a file,
HOLDFAST_STORE_PASSWORD_FILE; or HOLDFAST_STORE=redis://user:password@host, with / @ and % escaped. None is accepted in an
argument, which ps shows, and none of these variables is handed on to the command.

Exit codes
  the command's own, or 128 and the signal's number, when the command ended by itself
  0    stopped by TERM or INT: the command has ended and the lease is released
  64   the command line cannot be used          69   the store does not answer
  77   the store refuses the credentials, or its file cannot be opened
  78   wrong key, lease too short for the store, or a name used twice
  126  the command cannot be executed           127  there is no such command

Examples
  holdfast-elect --store etcd://10.0.0.1:2379,10.0.0.2:2379 --key cell-7/press --lease 500ms -- ./press-controller
  holdfast-elect --store sqlite:/var/lib/press/lease.db --key press --status 9464 -- python3 press.py
  HOLDFAST_STORE=redis://:secret@10.0.0.9 holdfast-elect --key cell-7/press -- /usr/bin/node press.js
`;
