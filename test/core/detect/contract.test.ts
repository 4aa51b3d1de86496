// Every detector that judges each column by itself keeps the contract.
import { detectors } from '../../../src/core/detect/detectors.ts';
import { detectorSuite } from '../../suites/detector.suite.ts';

const quick = { learnS: 60, learnViews: 300 };

detectorSuite('limits', {
  detector: detectors.limits,
  options: {
    limits: [
      { column: 0, side: 'high', warning: 40, trip: 60, hysteresis: 1 },
      { column: 1, side: 'low', warning: -20, trip: -30, hysteresis: 1 },
      { column: 5, above: 0, side: 'high', warning: 80, trip: 90, hysteresis: 1 },
    ],
  },
});
detectorSuite('rate', { detector: detectors.rate, options: { ...detectors.rate.usual, ...quick } });
detectorSuite('rate, configured', {
  detector: detectors.rate,
  options: {
    ...detectors.rate.usual,
    learns: false,
    // A view in a millisecond: white noise changes by thousands in a second.
    bounds: [{ column: 0, warning: 50_000, trip: 90_000 }],
  },
});
detectorSuite('cusum', { detector: detectors.cusum, options: { ...detectors.cusum.usual, ...quick } });
detectorSuite('robust-z', {
  detector: detectors['robust-z'],
  options: { ...detectors['robust-z'].usual, ...quick },
});
detectorSuite('ewma', { detector: detectors.ewma, options: { ...detectors.ewma.usual, ...quick } });
detectorSuite('change-point', {
  detector: detectors['change-point'],
  options: { ...detectors['change-point'].usual, ...quick },
});
detectorSuite('stuck', { detector: detectors.stuck, options: { ...detectors.stuck.usual, ...quick } });
detectorSuite('silent', { detector: detectors.silent, options: { ...detectors.silent.usual, ...quick } });
