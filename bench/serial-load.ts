// The other end of a serial line for bench/serial.ts, in a process of its own: `node bench/serial-load.ts lines-per-s`
// serves lines of an IMU over TCP and prints the port.
import { createServer } from 'node:net';
import { sentence } from '../src/plant/imu.ts';

const everyMs = 4;
const ratePerS = Number(process.argv[2]);
let made = 0;

const server = createServer((socket) => {
  const startMs = performance.now();
  const first = made;
  const timer = setInterval(() => {
    const due = first + Math.floor(((performance.now() - startMs) * ratePerS) / 1000);
    let text = '';
    for (; made < due; made++) {
      const ms = Math.floor((made * 1000) / ratePerS);
      text += sentence(`IMU,${ms},${made},0.0412,-0.0031,1.05${made % 100},0.61,-0.4,0.2`);
    }
    socket.write(text);
  }, everyMs);
  socket.on('error', () => {});
  socket.on('close', () => clearInterval(timer));
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') process.stdout.write(`${address.port}\n`);
});
