"""The connection to MQTT. Nothing waits for it: what cannot be sent now is dropped and counted."""
from __future__ import annotations

import argparse
import collections
import json
import logging
import os
import sys
import threading
import time
from typing import Any, Deque, Dict, Optional

from pace import now_ms
from reading import Payload

# What may wait for a slow network before motion is dropped instead: two seconds at 50 Hz.
UNSENT_MAX = 100

log = logging.getLogger("gemel-linuxcnc")


class Broker:
    def __init__(self, options: argparse.Namespace) -> None:
        self.root = options.root.replace("{machine}", options.machine).rstrip("/")
        self.qos = options.qos
        self.online = threading.Event()
        # Set on each connection: what is retained must be told anew.
        self.news = threading.Event()
        self.dropped = 0
        self.running = "waiting"
        self.sequences: Dict[str, int] = {}
        self.unsent: Deque[Any] = collections.deque()
        # Motion, pins and paho each publish from a thread of their own.
        self.lock = threading.Lock()
        self.client = new_client(options)
        self.client.will_set(self.root + "/status", json.dumps({"state": "offline"}), 1, True)
        self.client.on_connect = self.connected
        self.client.on_connect_fail = self.unreachable
        self.told = ""
        self.client.on_disconnect = self.disconnected
        self.client.reconnect_delay_set(1, 30)
        log.info("broker %s:%d, topics below %s", options.host, options.port, self.root)
        self.client.connect_async(options.host, options.port, keepalive=15)
        self.client.loop_start()

    # Two generations of paho call these with more or fewer arguments at the end.
    def connected(self, _client: Any, _user: Any, _flags: Any, code: Any, *_more: Any) -> None:
        if code != 0:
            log.warning("the broker refused us: %s", refusal_words(code))
            return
        log.info("connected to the broker")
        self.told = ""
        with self.lock:
            self.unsent.clear()
        self.online.set()
        self.status()
        self.news.set()

    def unreachable(self, *_arguments: Any) -> None:
        """Called again with every attempt, in the handling of what went wrong."""
        why = str(sys.exc_info()[1] or "no connection")
        if why != self.told:
            log.warning("the broker cannot be reached: %s", why)
        self.told = why

    def disconnected(self, *_arguments: Any) -> None:
        if self.online.is_set():
            log.warning("the broker is away; %d messages were dropped so far", self.dropped)
        self.online.clear()

    def status(self, state: Optional[str] = None) -> None:
        """`running`, `waiting` for LinuxCNC, or `offline`."""
        self.running = state or self.running
        self.publish("status", {"t": now_ms(), "state": self.running}, retain=True)

    def reading(
        self, topic: str, values: Payload, at_ms: float, good: bool = True, retain: bool = False
    ) -> None:
        sequence = self.sequences.get(topic, 0)
        self.sequences[topic] = sequence + 1
        head = {"t": at_ms, "seq": sequence, "quality": "good" if good else "bad"}
        self.publish(topic, {**head, **values}, retain)

    def publish(self, topic: str, payload: Payload, retain: bool) -> None:
        if not self.online.is_set() or (self.waiting() >= UNSENT_MAX and not retain):
            with self.lock:
                self.dropped += 1
            return
        text = json.dumps(payload, separators=(",", ":"))
        info = self.client.publish(self.root + "/" + topic, text, 1 if retain else self.qos, retain)
        if info.rc == 0:
            with self.lock:
                self.unsent.append(info)

    def waiting(self) -> int:
        """How many messages the broker does not have yet."""
        with self.lock:
            while self.unsent and self.unsent[0].is_published():
                self.unsent.popleft()
            return len(self.unsent)

    def close(self) -> None:
        self.status("offline")
        deadline = time.monotonic() + 2
        while self.online.is_set() and self.waiting() > 0 and time.monotonic() < deadline:
            time.sleep(0.01)
        self.online.clear()
        self.client.disconnect()
        self.client.loop_stop()


def new_client(options: argparse.Namespace) -> Any:
    import paho.mqtt
    import paho.mqtt.client as mqtt

    log.debug("paho %s", getattr(paho.mqtt, "__version__", "unknown"))
    name = options.client_id or "gemel-linuxcnc-" + options.machine
    # paho 2 wants to know which generation of callbacks we have; paho 1 knows only one.
    versions = getattr(mqtt, "CallbackAPIVersion", None)
    client = mqtt.Client(versions.VERSION2, name) if versions else mqtt.Client(name)
    if options.username is not None:
        client.username_pw_set(options.username, password_of(options))
    if options.tls:
        client.tls_set(options.ca, options.cert, options.key)
    return client


def refusal_words(code: Any) -> str:
    """paho 1 gives a number, paho 2 something that knows its own words."""
    import paho.mqtt.client as mqtt

    return mqtt.connack_string(code) if isinstance(code, int) else str(code)


def password_of(options: argparse.Namespace) -> Optional[str]:
    if options.password_file is None:
        return os.environ.get("LINUXCNC_BRIDGE_PASSWORD")
    with open(options.password_file, encoding="utf-8") as file:
        return file.read().rstrip("\r\n")
