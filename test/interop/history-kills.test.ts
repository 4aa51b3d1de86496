// kill -9 of the gateway a hundred times, or as often as HISTORY_KILLS says; `npm run test:kills` does it a thousand times.
import { killTests } from '../faults/history-kill-tests.ts';

killTests(Number(process.env['HISTORY_KILLS'] ?? 100), 10);
