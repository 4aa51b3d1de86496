"""Operates the simulated LinuxCNC of the interop test, as a panel would: on, home, run FILE, estop."""
import os
import sys
import time

import linuxcnc

stat = linuxcnc.stat()
command = linuxcnc.command()


def until(what, condition):
    deadline = time.monotonic() + 45
    while time.monotonic() < deadline:
        stat.poll()
        if condition():
            return
        time.sleep(0.02)
    sys.stderr.write("waited in vain: %s\n" % what)
    sys.stderr.flush()
    os._exit(1)


def on():
    command.state(linuxcnc.STATE_ESTOP_RESET)
    until("no emergency stop", lambda: not stat.estop)
    command.state(linuxcnc.STATE_ON)
    until("on", lambda: stat.task_state == linuxcnc.STATE_ON)


def home():
    command.mode(linuxcnc.MODE_MANUAL)
    until("manual", lambda: stat.task_mode == linuxcnc.MODE_MANUAL)
    command.home(-1)
    until("homed", lambda: all(stat.homed[: stat.joints]))


def run(path):
    command.mode(linuxcnc.MODE_AUTO)
    until("auto", lambda: stat.task_mode == linuxcnc.MODE_AUTO)
    command.program_open(path)
    until("the programme", lambda: stat.file == path)
    command.auto(linuxcnc.AUTO_RUN, 0)
    until("running", lambda: stat.interp_state != linuxcnc.INTERP_IDLE)


def estop():
    command.state(linuxcnc.STATE_ESTOP)
    until("emergency stop", lambda: stat.estop)


{"on": on, "home": home, "run": run, "estop": estop}[sys.argv[1]](*sys.argv[2:])
# Not through the destructors: they may take a semaphore along that LinuxCNC still wants.
os._exit(0)
