#!/usr/bin/python3
"""Tells an MQTT broker what LinuxCNC is doing: motion at a rate, state on change, each with its time.

Runs beside LinuxCNC, as LinuxCNC's user and with LinuxCNC's own Python. It only reads: it never commands the
machine, and no value that LinuxCNC has stopped renewing leaves it as good.
"""
from __future__ import annotations

import argparse
import logging
import os
import signal
import socket
import sys
import threading
import time
from typing import Any, List, NoReturn

from broker import Broker
from pace import now_ms, ticks
from pins import Pins, read_pins
from reading import Motion, Payload, Shape, emptied, state_of
from task import Task

RETRY_S = 1.0
CHANNELS_MAX = 1000

log = logging.getLogger("gemel-linuxcnc")


class Bridge:
    def __init__(self, options: argparse.Namespace, linuxcnc: Any) -> None:
        self.options = options
        self.linuxcnc = linuxcnc
        self.stopping = threading.Event()
        self.broker = Broker(options)
        self.task = Task()
        # Never let go: on its way out an old channel removes the semaphore that the next LinuxCNC uses.
        self.channels: List[Any] = []

    def run(self) -> int:
        """The exit code: 1 when only a new process can go on."""
        log.info("waiting for LinuxCNC")
        while not self.stopping.is_set() and len(self.channels) < CHANNELS_MAX:
            stat = self.attach()
            if stat is not None:
                self.follow(stat)
            self.stopping.wait(RETRY_S)
        self.broker.close()
        return 0 if self.stopping.is_set() else 1

    def attach(self) -> Any:
        # The process comes first, its status a moment later.
        if not self.task.find() or self.stopping.wait(RETRY_S) or not self.task.alive():
            return None
        try:
            stat = self.linuxcnc.stat()
            self.channels.append(stat)
            stat.poll()
            return stat if stat.joints > 0 and stat.ini_filename else None
        except self.linuxcnc.error as error:
            log.debug("LinuxCNC is not ready: %s", error)
            return None

    def follow(self, stat: Any) -> None:
        motion = Motion(Shape(stat, self.linuxcnc))
        log.info("LinuxCNC runs %s", stat.ini_filename)
        self.broker.status("running")
        pins = Pins(self.options, self.broker) if self.options.pin else None
        moving: Payload = {}
        state: Payload = {}
        state_s = 0.0
        for _ in ticks(self.options.rate, self.stopping.is_set):
            if not self.task.alive():
                break
            try:
                stat.poll()
            except self.linuxcnc.error as error:
                log.warning("LinuxCNC's status cannot be read: %s", error)
                break
            at_ms = now_ms()
            moving = motion.read(stat, at_ms)
            self.broker.reading("motion", moving, at_ms)
            latest = state_of(stat)
            renewal = time.monotonic() - state_s >= self.options.renew
            if latest != state or renewal or self.broker.news.is_set():
                self.broker.news.clear()
                state, state_s = latest, time.monotonic()
                self.broker.reading("state", state, at_ms, retain=True)
            if renewal and pins is not None and pins.ended():
                log.warning("the reader of HAL pins ended; starting it again")
                pins.end()
                pins = Pins(self.options, self.broker)
        if pins is not None:
            pins.end()
        if moving:
            self.broker.reading("motion", emptied(moving), now_ms(), good=False)
            self.broker.reading("state", emptied(state), now_ms(), good=False, retain=True)
        self.broker.status("waiting")
        if not self.stopping.is_set():
            log.warning("LinuxCNC has ended; waiting for it")


def options_of(arguments: List[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Publishes what LinuxCNC is doing to an MQTT broker. Reads only.",
        epilog="The password of --username is read from --password-file, else from LINUXCNC_BRIDGE_PASSWORD.",
    )
    add = parser.add_argument
    add("--machine", default=socket.gethostname(), help="name of the machine (default: the host's)")
    add("--root", default="shop/{machine}/linuxcnc", help="topics go below it (default: %(default)s)")
    add("--host", default="127.0.0.1", help="the broker (default: %(default)s)")
    add("--port", type=int, help="its port (default: 1883, with TLS 8883)")
    add("--qos", type=int, choices=(0, 1), default=0, help="of motion and pins; the rest has 1 (default: 0)")
    add("--rate", type=float, default=50.0, help="readings a second, 1 to 200 (default: 50)")
    add("--renew", type=float, default=1.0, help="state goes out on change and after so many s (default: 1)")
    add("--pin", action="append", default=[], help="a HAL pin to read too (repeat for more): spindle.0.speed-in")
    add("--client-id", help="MQTT client id (default: gemel-linuxcnc-<machine>)")
    add("--username", help="login at the broker")
    add("--password-file", help="file with its password")
    add("--tls", action="store_true", help="encrypt, trusting the authorities of the system")
    add("--ca", help="PEM of the authority to trust instead; implies --tls")
    add("--cert", help="PEM of our certificate, for brokers that ask for one; implies --tls")
    add("--key", help="PEM of its key")
    add("--verbose", action="store_true", help="say more")
    add("--read-pins", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    options.tls = bool(options.tls or options.ca or options.cert)
    options.port = options.port or (8883 if options.tls else 1883)
    if not 1 <= options.rate <= 200:
        parser.error("--rate: 1 to 200 readings a second")
    if not 1 <= options.port <= 65535:
        parser.error("--port: 1 to 65535")
    for name in ("password_file", "ca", "cert", "key"):
        file = getattr(options, name)
        if file is not None and not os.access(file, os.R_OK):
            parser.error("--%s: cannot read %s" % (name.replace("_", "-"), file))
    return options


def refuse(text: str) -> NoReturn:
    print("gemel-linuxcnc: " + text, file=sys.stderr)
    sys.exit(2)


def main() -> None:
    options = options_of(sys.argv[1:])
    if options.read_pins:
        read_pins(options)
        return
    level = logging.DEBUG if options.verbose else logging.INFO
    logging.basicConfig(level=level, format="%(levelname)s %(message)s", stream=sys.stderr)
    try:
        import linuxcnc
    except ImportError:
        refuse("no LinuxCNC in %s; use the Python LinuxCNC is made for: /usr/bin/python3" % sys.executable)
    try:
        import paho.mqtt.client  # noqa: F401
    except ImportError:
        refuse("paho-mqtt is missing; on Debian: apt install python3-paho-mqtt")
    try:
        bridge = Bridge(options, linuxcnc)
    except (OSError, ValueError) as error:
        refuse("the options of the broker: %s" % error)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: bridge.stopping.set())
    try:
        code = bridge.run()
    except Exception:
        log.exception("this should not have happened")
        code = 1
    # Without the destructors of Python's end, for the reason given at `channels`.
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
