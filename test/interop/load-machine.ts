// The configuration of a machine with a load that is limited, fed over MQTT, for tests of what becomes of its alarm.

/** From `sources` on; `limit` adds to the limit of the load. */
export function loadMachine(limit = ''): string {
  return `sources:
  shop:
    type: mqtt
    topics:
      - { topic: "shop/{machine}/load", payload: number, qos: 1, tag: "{machine}/load" }
      - { topic: "shop/{machine}/rpm", payload: number, qos: 1, tag: "{machine}/rpm" }
machines:
  mill-1:
    model: mill
    lagMs: 0
    signals: { spindle.speed: shop/mill-1/rpm }
    extra:
      load: { tag: shop/mill-1/load, unit: "%", align: hold, staleMs: 600000, missingMs: 600000 }
    detection:
      off: [silent, stuck, link]
      limits:
        load: { warning: 80, ${limit}hysteresis: 5, onDelayS: 0, offDelayS: 0 }
`;
}
