"""What LinuxCNC's status says, as plain values in mm, degrees, mm/s and mm/min. Asks nobody and sends nothing."""
from __future__ import annotations

from typing import Any, Dict, List

LETTERS = "XYZABCUVW"
MODES = {1: "manual", 2: "auto", 3: "mdi"}
TASKS = {1: "estop", 2: "estop-reset", 3: "off", 4: "on"}
INTERPRETER = {1: "idle", 2: "reading", 3: "paused", 4: "waiting"}

Payload = Dict[str, Any]


class Shape:
    """What does not change while LinuxCNC runs: its axes, its units, which joint drives which axis."""

    def __init__(self, stat: Any, linuxcnc: Any) -> None:
        self.axes = [i for i in range(9) if stat.axis_mask & (1 << i)]
        self.joints = stat.joints
        # Machine units to mm and degrees; LinuxCNC says how many of them are in one.
        self.scale = [1 / (stat.angular_units if 3 <= i <= 5 else stat.linear_units) for i in range(9)]
        ini = linuxcnc.ini(stat.ini_filename)
        self.joint_of = joints_of_axes((ini.find("KINS", "KINEMATICS") or "").lower())


def joints_of_axes(kinematics: str) -> Dict[int, int]:
    """Axis to joint where each axis has a joint of its own; empty where joints and axes differ in kind."""
    words = kinematics.split()
    if not words or words[0] != "trivkins":
        return {}
    named = [word.split("=", 1)[1] for word in words[1:] if word.startswith("coordinates=")]
    letters = [letter for letter in named[0].upper() if letter in LETTERS] if named else LETTERS
    joint_of: Dict[int, int] = {}
    for joint, letter in enumerate(letters):
        joint_of.setdefault(LETTERS.index(letter), joint)
    return joint_of


class Motion:
    """One reading of everything that moves. Where kinematics hide an axis, its velocity is worked out."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.before_ms = 0.0
        self.before: List[float] = []

    def read(self, stat: Any, at_ms: float) -> Payload:
        shape = self.shape
        actual = [stat.actual_position[i] * shape.scale[i] for i in range(9)]
        velocity = [self.velocity(stat, i, actual, at_ms) for i in range(9)]
        self.before, self.before_ms = actual, at_ms

        def by_axis(values: List[float]) -> Dict[str, float]:
            return {LETTERS[i].lower(): round(values[i], 6) for i in shape.axes}

        values: Payload = {
            "position": by_axis(actual),
            "commanded": by_axis([stat.position[i] * shape.scale[i] for i in range(9)]),
            "velocity": by_axis(velocity),
            "feed": round(stat.current_vel * shape.scale[0] * 60, 4),
            "line": stat.motion_line,
            "inPosition": bool(stat.inpos),
        }
        for number in range(stat.spindles):
            values["spindle%d" % number if number else "spindle"] = spindle(stat.spindle[number])
        return values

    def velocity(self, stat: Any, axis: int, actual: List[float], at_ms: float) -> float:
        joint = self.shape.joint_of.get(axis)
        if joint is not None and joint < self.shape.joints:
            return stat.joint[joint]["velocity"] * self.shape.scale[axis]
        if not self.before or at_ms <= self.before_ms:
            return 0.0
        return (actual[axis] - self.before[axis]) * 1000 / (at_ms - self.before_ms)


def spindle(status: Dict[str, Any]) -> Payload:
    override = status["override"] if status["override_enabled"] else 1.0
    return {
        "programmed": status["speed"],
        "commanded": round(status["speed"] * override, 4),
        "direction": status["direction"],
        "override": status["override"],
        "on": bool(status["enabled"]),
    }


def state_of(stat: Any) -> Payload:
    homed = [bool(stat.homed[joint]) for joint in range(stat.joints)]
    return {
        "mode": MODES.get(stat.task_mode, "unknown"),
        "task": TASKS.get(stat.task_state, "unknown"),
        "interpreter": INTERPRETER.get(stat.interp_state, "unknown"),
        "paused": bool(stat.paused),
        "estop": bool(stat.estop),
        "on": bool(stat.enabled),
        "homed": {"all": all(homed), "joint": homed},
        "file": stat.file,
        "tool": stat.tool_in_spindle,
        "feedOverride": stat.feedrate,
        "rapidOverride": stat.rapidrate,
        "flood": bool(stat.flood),
        "mist": bool(stat.mist),
    }


def emptied(value: Any) -> Any:
    """The same shape without values: what is sent when nobody knows them any more."""
    if isinstance(value, dict):
        return {key: emptied(item) for key, item in value.items()}
    return [emptied(item) for item in value] if isinstance(value, list) else None
