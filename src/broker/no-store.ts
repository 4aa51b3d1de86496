// What mqtt.js keeps of messages that are not acknowledged: nothing. The outboxes have them, and each connection is a new
// client. Its own store copies every message, and long holds on to what was in it.
import { type IStore, Store } from 'mqtt';

export function createNoStore(): IStore {
  const empty = new Store();
  const store: IStore = {
    put(_packet, done) {
      done();
      return store;
    },
    del(_packet, done) {
      done();
      return store;
    },
    get: (packet, done) => empty.get(packet, done),
    createStream: () => empty.createStream(),
    close: (done) => empty.close(done),
  };
  return store;
}
