// kill -9 of the gateway at any moment, under QoS 1 load: a few times here, 100 and more in test/interop.
import { killTests } from './history-kill-tests.ts';

killTests(Number(process.env['HISTORY_KILLS'] ?? 2), 3);
