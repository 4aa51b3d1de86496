// Configuration of the broker: the embedded one, or the address of an external one.
import { z } from 'zod';

const port = z.int().min(0).max(65_535);

const listenTlsSchema = z
  .strictObject({
    cert: z.string().describe('PEM file with the certificate chain.').meta({ file: true }),
    key: z
      .string()
      .describe('PEM file with the private key; refused when others may read it.')
      .meta({ file: true }),
    clientCa: z
      .string()
      .optional()
      .describe(
        'PEM file of the authority whose client certificates log in. The common name is the user; where no users are listed, it is a device with that name as its prefix.',
      )
      .meta({ file: true }),
  })
  .describe('TLS 1.2 or newer for all listeners.');

const plainTopic = /^[^+#$\0][^+#\0]*(?<!\/)$/;

const userSchema = z.strictObject({
  name: z
    .string()
    .max(64)
    .regex(plainTopic, 'expected a name without +, # or a leading $')
    .describe('Login name, or the common name of the client certificate.'),
  passwordHash: z
    .string()
    .regex(/^scrypt\$/, 'expected a hash made by `gemel password`')
    .optional()
    .describe('As printed by `gemel password`. Absent: this user logs in by certificate only.'),
  role: z
    .enum(['device', 'reader', 'admin'])
    .default('device')
    .describe('device: its own prefix only. reader: subscribes to anything, publishes nothing. admin: both.'),
  prefix: z
    .string()
    .regex(plainTopic, 'expected a topic without +, #, a leading $ or a trailing /')
    .optional()
    .describe(
      'Topics a device may publish and subscribe below, e.g. "shop/mill-1/esp32". Default: "<name>".',
    ),
  requests: z
    .boolean()
    .optional()
    .describe(
      'May ask the gateway to acknowledge, shelve and reset alarms, whatever the role. Default: an admin may, others may not.',
    ),
});

const limitsSchema = z
  .strictObject({
    packetBytes: z.int().min(1024).default(262_144).describe('Largest MQTT packet, by its remaining length.'),
    clients: z.int().min(1).default(200).describe('Connections at once.'),
    messagesPerS: z
      .int()
      .min(1)
      .default(20_000)
      .describe('Publishes of one client a second; beyond it is slowed.'),
    topicLevels: z.int().min(1).max(100).default(12).describe('Most levels of a topic.'),
    inflight: z.int().min(1).default(100).describe('Unacknowledged QoS 1 and 2 messages of one client.'),
    retained: z.int().min(1).default(10_000).describe('Retained messages kept in all.'),
    retainedBytes: z.int().min(1024).default(67_108_864).describe('Bytes of retained messages kept in all.'),
    queuedPerClient: z
      .int()
      .min(1)
      .default(10_000)
      .describe('Messages kept for one absent client with a session.'),
    outputBytesPerClient: z
      .int()
      .min(16_384)
      .default(1_048_576)
      .describe('Bytes that may wait for a subscriber that is behind; beyond it loses QoS 0 messages.'),
    sessionExpiryH: z.number().positive().default(168).describe('Sessions unused for longer are forgotten.'),
    connectTimeoutS: z.number().positive().default(5).describe('From the connection to a valid CONNECT.'),
    drainTimeoutS: z
      .number()
      .positive()
      .default(10)
      .describe('A subscriber that takes nothing for so long is cut.'),
    keepaliveS: z.int().min(1).default(120).describe('Longest keepalive a client may ask for.'),
  })
  .prefault({});

export const embeddedBrokerSchema = z.strictObject({
  host: z
    .string()
    .default('127.0.0.1')
    .describe('Address to listen on. Beyond loopback TLS and users are required.'),
  port: port.default(1883).describe('MQTT port; 0 picks a free one.'),
  websocketPort: port.optional().describe('Port of the WebSocket listener for browsers; absent: none.'),
  allowInsecure: z
    .boolean()
    .default(false)
    .describe('Allow plain or anonymous MQTT beyond loopback. Logged loudly.'),
  tls: listenTlsSchema.optional(),
  users: z
    .array(userSchema)
    .default([])
    .describe('Who may log in; empty: anyone, which is allowed on loopback only.'),
  limits: limitsSchema,
});

const clientTlsSchema = z.strictObject({
  ca: z
    .string()
    .optional()
    .describe('PEM file of the authority that signed the broker. Default: the system store.')
    .meta({ file: true }),
  cert: z.string().optional().describe('PEM file of our client certificate.').meta({ file: true }),
  key: z.string().optional().describe('PEM file of its key.').meta({ file: true }),
  servername: z
    .string()
    .optional()
    .describe('Name to expect in the certificate, if not the host of the URL.'),
});

/** A reference is judged by what it resolves to. */
function isUsableUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  try {
    const { username, password } = new URL(text);
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}

export const externalBrokerSchema = z.strictObject({
  url: z
    .string()
    .regex(/^(mqtts?|wss?):\/\/[^\s/]+/, 'expected mqtt://host:1883, mqtts://host:8883, ws:// or wss://')
    .refine(
      isUsableUrl,
      'not a usable address: check the port, and write special characters of a password as %40',
    )
    .describe('Mosquitto, EMQX, HiveMQ: mqtt://host:1883 or mqtts://host:8883.'),
  protocol: z.enum(['3.1.1', '5']).default('3.1.1').describe('MQTT version, in quotes: "3.1.1" or "5".'),
  clientId: z.string().min(1).max(128).optional().describe('Default: gemel-<site>.'),
  username: z.string().optional().describe('Login name at the broker.'),
  password: z
    .string()
    .optional()
    .describe('Best a reference: ${env:NAME}, ${file:path} or ${credential:name}.'),
  keepaliveS: z
    .int()
    .min(5)
    .max(3600)
    .default(10)
    .describe('After one and a half of these the broker misses us, or we the broker.'),
  connectTimeoutS: z
    .number()
    .positive()
    .default(10)
    .describe('Longest wait for the broker to answer a connection.'),
  backoffMinS: z.number().positive().default(1).describe('First wait after a lost connection (full jitter).'),
  backoffMaxS: z.number().positive().default(60).describe('Longest wait between two attempts.'),
  tls: clientTlsSchema.optional(),
});

export const brokerSchema = z.union([externalBrokerSchema, embeddedBrokerSchema]);

export type EmbeddedBrokerConfig = z.infer<typeof embeddedBrokerSchema>;
export type ExternalBrokerConfig = z.infer<typeof externalBrokerSchema>;
export type BrokerConfig = z.infer<typeof brokerSchema>;
export type BrokerUser = z.infer<typeof userSchema>;

/** What it listens on, for the checks across parts; nothing when the broker is an external one. */
export function brokerListens(config: BrokerConfig): { key: string; host: string; port: number }[] {
  if ('url' in config) return [];
  const { host, port: mqttPort, websocketPort } = config;
  const listens = [{ key: 'port', host, port: mqttPort }];
  return websocketPort === undefined
    ? listens
    : [...listens, { key: 'websocketPort', host, port: websocketPort }];
}

/** What it lacks to be reachable from other machines; empty when it is safe, or open on purpose. */
export function brokerLacks(config: BrokerConfig): string[] {
  if ('url' in config || config.allowInsecure || isLoopback(config.host)) return [];
  const { tls, users } = config;
  const open = users.length === 0 && tls?.clientCa === undefined;
  return [...(tls === undefined ? ['TLS'] : []), ...(open ? ['users or client certificates'] : [])];
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
