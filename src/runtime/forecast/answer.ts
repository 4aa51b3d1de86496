// The answer to somebody who asks a running gateway for a forecast.
import { GemError } from '../../errors.ts';
import type { ForecastRequest, TwinAnswer } from '../twins/request.ts';
import type { Forecaster } from './forecaster.ts';

export async function answerForecast(
  forecaster: Pick<Forecaster, 'ask'>,
  { machine, horizonH, particles, seed }: ForecastRequest,
): Promise<TwinAnswer> {
  try {
    const risk = await forecaster.ask(machine, { horizonH, particles, seed });
    const text = `${machine}: ${risk.level} risk over ${risk.horizonH} h`;
    return { ok: true, text, changes: [], version: 0, risk };
  } catch (error) {
    if (!(error instanceof GemError)) throw error;
    return { ok: false, why: error.message };
  }
}
