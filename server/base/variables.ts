/** A setting that has no flag. */
export interface VariableSpec {
  readonly name: string;
  /** As the help shows it. */
  readonly fallback: string;
  readonly help: string;
}

/** Each may stand in a file instead, which the variable with `_FILE` at its end names. */
export const SECRET_VARIABLES = [
  "PEERLENS_API_TOKEN",
  "PEERLENS_WEBHOOK_SECRET",
  "PEERLENS_METRICS_TOKEN",
  "PEERLENS_TURN_SECRET",
  "PEERLENS_PASSWORD",
  "PEERLENS_CAMERAS",
  "PEERLENS_NATS_TOKEN",
  "PEERLENS_CLUSTER_SECRET",
  "PEERLENS_COOKIE_SECRET",
] as const;

/** Every variable without a flag, in the order of the help. */
export const VARIABLES: readonly VariableSpec[] = [
  { name: "LOG_LEVEL", fallback: "info", help: "debug, info, warn or error" },
  {
    name: "PEERLENS_LOG",
    fallback: "auto",
    help: "text, json, or auto: text in a terminal, JSON elsewhere",
  },
  {
    name: "PEERLENS_DATA_DIR",
    fallback: ".data",
    help: "folder for what is kept between starts: the certificate",
  },
  {
    name: "PEERLENS_MODELS",
    fallback: "none",
    help: "more folders with model files, separated like PATH",
  },
  {
    name: "PEERLENS_ICE_SERVERS",
    fallback: "[]",
    help: "STUN and TURN servers, as a JSON array of { urls, username?, credential? }",
  },
  {
    name: "PEERLENS_TURN_SECRET",
    fallback: "none",
    help: "static-auth-secret of the TURN server; 16 characters or more",
  },
  {
    name: "PEERLENS_TURN_TTL_S",
    fallback: "600",
    help: "seconds that TURN credentials stay valid",
  },
  {
    name: "PEERLENS_TURN_FOR",
    fallback: "owners",
    help: "whose rooms get TURN credentials: of owners at this computer or signed in, or everybody",
  },
  {
    name: "PEERLENS_DEFAULT_DEVICE",
    fallback: "that of the default route, with start.sh",
    help: "network device whose address phones are led to first",
  },
  {
    name: "PEERLENS_NETWORK",
    fallback: "host",
    help: "host or bridge; bridge is for a container with a network of its own",
  },
  { name: "PEERLENS_MAX_ROOMS", fallback: "500", help: "rooms at once" },
  {
    name: "PEERLENS_ROOM_IDLE_TTL_S",
    fallback: "1800",
    help: "seconds until an empty room is forgotten",
  },
  {
    name: "PEERLENS_WORKER_PORT",
    fallback: "none",
    help: "of a worker: TCP port that answers /healthz and /readyz",
  },
  { name: "PEERLENS_MAX_PHONES", fallback: "4", help: "phones in a room" },
  { name: "PEERLENS_MAX_VIEWERS", fallback: "4", help: "view-only viewers in a room" },
  {
    name: "PEERLENS_MAX_SOCKETS_PER_ADDRESS",
    fallback: "64",
    help: "connections from one address",
  },
  {
    name: "PEERLENS_OPEN_FILES",
    fallback: "as the system says, else 1024",
    help: "files and connections that the server may have open; bounds its connections",
  },
  { name: "PEERLENS_JOINS_PER_SECOND", fallback: "10", help: "joins from one address, sustained" },
  {
    name: "PEERLENS_MAX_STREAMS",
    fallback: "32",
    help: "streams of frames to this computer, 1 to 1024; one room gets at most half of them",
  },
  {
    name: "PEERLENS_MAX_RELAYS",
    fallback: "8",
    help: "viewers that get relayed pictures at once; one room gets at most half of them",
  },
  {
    name: "PEERLENS_FFMPEG",
    fallback: "the one on PATH",
    help: "ffmpeg program that reads and encodes --camera",
  },
  {
    name: "PEERLENS_API_TOKEN",
    fallback: "none",
    help: "opens /api/detect without a room; 16 characters or more",
  },
  {
    name: "PEERLENS_METRICS_TOKEN",
    fallback: "none",
    help: "opens /metrics to other computers; 16 characters or more",
  },
  {
    name: "PEERLENS_WEBHOOK_SECRET",
    fallback: "none",
    help: "signs what goes to --webhook; 16 characters or more",
  },
  {
    name: "PEERLENS_NATS_TOKEN",
    fallback: "none",
    help: "token for NATS, in place of --nats-creds; 16 characters or more",
  },
  {
    name: "PEERLENS_NATS_CA",
    fallback: "those of Deno",
    help: "PEM file of who signed the certificates of NATS servers at tls://",
  },
  {
    name: "PEERLENS_NATS_CERT",
    fallback: "none",
    help: "PEM file of a certificate to show to NATS servers; with PEERLENS_NATS_KEY",
  },
  { name: "PEERLENS_NATS_KEY", fallback: "none", help: "PEM file of that certificate's key" },
  {
    name: "PEERLENS_CLUSTER_SECRET",
    fallback: "none",
    help: "the same on all nodes with --nats; 16 characters or more",
  },
  {
    name: "PEERLENS_COOKIE_SECRET",
    fallback: "drawn at each start; PEERLENS_CLUSTER_SECRET with --nats",
    help: "signs the cookies of those who gave the password; 16 characters or more",
  },
  {
    name: "NGROK_AUTHTOKEN",
    fallback: "none",
    help: "account for --ngrok; without the ngrok program, its library is installed",
  },
  {
    name: "OTEL_DENO",
    fallback: "false",
    help: "true exports traces, metrics and the log through OpenTelemetry",
  },
  {
    name: "OTEL_DENO_CONSOLE",
    fallback: "capture",
    help: "what the exporter does with the log: capture, replace or ignore",
  },
];
