"""HAL pins, read by a process of their own: when LinuxCNC ends, it ends every component of HAL."""
from __future__ import annotations

import argparse
import json
import math
import os
import signal
import subprocess
import sys
import threading
from typing import Any, Set

from broker import Broker
from pace import now_ms, ticks
from reading import Payload, emptied


END_S = 2.0


class Pins:
    def __init__(self, options: argparse.Namespace, broker: Broker) -> None:
        command = [sys.executable, os.path.abspath(sys.argv[0]), "--read-pins", "--rate", str(options.rate)]
        command += [word for pin in options.pin for word in ("--pin", pin)]
        self.broker = broker
        self.last: Payload = {}
        self.child = subprocess.Popen(command, stdout=subprocess.PIPE)
        self.thread = threading.Thread(target=self.forward, daemon=True)
        self.thread.start()

    def forward(self) -> None:
        assert self.child.stdout is not None
        for line in self.child.stdout:
            message = json.loads(line)
            self.last = message["pins"]
            self.broker.reading("hal", self.last, message["t"])

    def ended(self) -> bool:
        return self.child.poll() is not None or not self.thread.is_alive()

    def end(self) -> None:
        self.child.terminate()
        try:
            self.child.wait(END_S)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        self.thread.join()
        if self.last:
            self.broker.reading("hal", emptied(self.last), now_ms(), good=False)


def read_pins(options: argparse.Namespace) -> None:
    import hal

    component = hal.component("gemel-pins-%d" % os.getpid())
    component.ready()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    outputs = {pin["NAME"] for pin in hal.get_info_pins() if pin["DIRECTION"] != hal.HAL_IN}
    try:
        for _ in ticks(options.rate, lambda: False):
            pins = {pin: pin_value(hal, pin, outputs) for pin in options.pin}
            print(json.dumps({"t": now_ms(), "pins": pins}), flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    finally:
        component.exit()


def pin_value(hal: Any, pin: str, outputs: Set[str]) -> Any:
    """No value for a pin that is not there or that nothing writes: its 0 would be no measurement."""
    try:
        value = hal.get_value(pin) if pin in outputs or hal.pin_has_writer(pin) else None
    except (NameError, RuntimeError):
        return None
    # JSON has no word for infinity and none for "not a number": the whole message would be lost.
    return None if isinstance(value, float) and not math.isfinite(value) else value
