# SPDX-License-Identifier: Apache-2.0
"""What a process takes, as the kernel counts it."""
import os

TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    """In user and kernel, since it began."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        cells = f.read().rsplit(")", 1)[1].split()
    return (int(cells[11]) + int(cells[12])) / TICK


def memory_mb(pid):
    """At most, so far."""
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return max(int(line.split()[1]) for line in f if line.startswith("VmHWM")) / 1024
