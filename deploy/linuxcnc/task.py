"""The process that renews LinuxCNC's status. Its memory outlives it: only the process itself tells."""
from __future__ import annotations

import os

NAMES = ("milltask", "linuxcnctask")


class Task:
    def __init__(self) -> None:
        self.pid = 0

    def find(self) -> bool:
        self.pid = next((int(pid) for pid in os.listdir("/proc") if pid.isdigit() and is_task(pid)), 0)
        return self.pid != 0

    def alive(self) -> bool:
        return self.pid != 0 and is_task(str(self.pid))


def is_task(pid: str) -> bool:
    try:
        with open("/proc/" + pid + "/stat", encoding="utf-8", errors="replace") as file:
            before, _, after = file.read().rpartition(")")
    except OSError:
        return False
    # Stopped, dead and undead processes renew nothing.
    return before.partition("(")[2] in NAMES and after.split()[0] not in "TtZXx"
