// The server of tick-server.ts in a process of its own, to be killed and to be stopped in its tracks.
import { flushCompileCache } from 'node:module';
import { type Question, startTickServer, type TickServerOptions } from './tick-server.ts';

process.on('disconnect', () => process.exit(0));
const server = await startTickServer(JSON.parse(process.argv[2] ?? '{}') as TickServerOptions);
process.on('message', (question: Question) => process.send?.(server.ask(question)));
// Taken here: the starter may be busy when the word reaches it.
process.send?.({ ready: true, atMs: Date.now() });
// Where it is killed, Node does not come to keeping what it has compiled.
flushCompileCache();
