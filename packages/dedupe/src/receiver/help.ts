export const HELP = `holdfast-dedupe: of messages that two hosts each send, passes on the first copy and drops the second

  holdfast-dedupe --from <mqtt address> --to <topic> --key <field> --store <store> [options]

Subscribes with QoS 1 in a session that outlives it, and acknowledges a message only when the broker of the output has
confirmed it. When this process is killed, the broker keeps what comes, and a restart goes on where it was. Senders have to
publish with QoS 1 or 2.

Options
  --from <address>      mqtt://host[:1883]/filter, mqtts:// for TLS (8883); more than once for more than one broker
  --to <topic>          where first copies go, on the broker of the first --from, or an address of its own as above;
                        {2} in it stands for the second level of the topic a message came on
  --key <field>         what makes two messages copies of one; more than once for a key of several parts
  --source <field>      which host sent a copy; with --sources gives counters, lag and warnings for each
  --sources <a,b>       the hosts that are expected
  --sequence <field>    the sender's own counter, to see what is lost on the way from each
  --window <time>       how long a key is remembered (default 10m): longer than one host may be behind the other;
                        time in which this process does not run, or copies wait because the output is away, does not
                        count
  --count <number>      how many keys are remembered (default 1000000): more than come within the window
  --store <store>       where keys are remembered; or the environment variable HOLDFAST_STORE
  --deliver <guarantee> exactly-once (default, and only possible, with sqlite) or at-least-once
  --name <name>         begins the MQTT client ids; the same after each restart (default: made from --from and --to)
  --session <time>      how long the brokers keep their sessions while this process is away (default 24h)
  --silent <time>       after how long without a message a host counts as silent (default 10s)
  --connect <time>      how long a broker may take to answer at first (default 10s); later it is waited for for ever
  --ca, --cert, --cert-key <file>  PEM files for mqtts://
  --status <address>    serves GET / (JSON) and GET /metrics (Prometheus) at this port of 127.0.0.1, or at address:port
  --help                this text

Fields
  json:id, json:machine.id   a text or whole number in a JSON payload
  property:id                an MQTT 5 user property
  level:2                    a level of the topic, counted from 1
  sha256                     the whole payload (for --key): only where no two messages are ever equal
  A message without its key passes on, and so does its copy.

Stores
  sqlite:/var/lib/cell-7/marks.db   survives the death of this process; exactly once
  memory                            forgotten with this process: after a restart a copy may pass
  redis://host:6379[/database]      outside of this machine; needs the package redis; at least once

What is delivered when this process is killed (kill -9), by --deliver
  exactly-once   each message once, also after a loss of power, if the broker of the output keeps its session (Mosquitto:
                 persistence true, and it is not itself killed), the consumer subscribes with QoS 2, and this process is
                 back within --session. Where that broker has lost the session, what was on its way is published again
                 and counted (inDoubt). Each message waits twice for the disk.
  at-least-once  what was on its way is published again; with memory also what comes twice around the restart.

Credentials, never in arguments
  HOLDFAST_MQTT_USERNAME, HOLDFAST_MQTT_PASSWORD or HOLDFAST_MQTT_PASSWORD_FILE; for the output alone, if it has others,
  HOLDFAST_MQTT_TO_USERNAME, HOLDFAST_MQTT_TO_PASSWORD or HOLDFAST_MQTT_TO_PASSWORD_FILE.
  A password for Redis: HOLDFAST_STORE=redis://:password@host.

Mosquitto drops what it queues beyond 1000 messages for a client: set max_queued_messages 0 on both brokers.

Exit codes
  0    stopped by TERM or INT; nothing is lost
  64   the command line cannot be used      69   a broker or the store does not answer, or failed
  70   a mistake in this program            77   credentials, subscription, topic or file refused
  78   broker or store not fit, a message that the broker does not take, or a second receiver with this name

Examples
  holdfast-dedupe --from mqtt://10.0.0.5/cell-7/+/raw --to cell-7/events --key json:id \\
    --source level:2 --sources alpha,bravo --sequence json:n --store sqlite:/var/lib/cell-7/marks.db --status 9465
  holdfast-dedupe --from mqtts://alpha/line/# --from mqtts://bravo/line/# --to mqtts://plant/line/{2} \\
    --key property:machine --key property:id --ca /etc/plant/ca.pem --store sqlite:/var/lib/line/marks.db
`;
