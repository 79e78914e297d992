# SPDX-License-Identifier: Apache-2.0
"""SONiC's code as a library: its API of a module and xcvrd's threads, on the files of a Server.

Sources are those that SONIC_PLATFORM_COMMON and SONIC_PLATFORM_DAEMONS name.
"""
import os
import sys
import threading
import time
import types

import sonic_stubs
import tap
from server import await_true

COMMON = os.environ.get("SONIC_PLATFORM_COMMON")
DAEMONS = os.environ.get("SONIC_PLATFORM_DAEMONS")
SPEED = float(os.environ.get("HOST_SPEED", "10"))


def load():
    """Import SONiC's code; skips the case without it."""
    if not COMMON:
        raise tap.Skip("SONIC_PLATFORM_COMMON names no checkout of sonic-platform-common")
    if "swsscommon" not in sys.modules:
        sonic_stubs.install()
        sys.path.insert(0, COMMON)
    sonic_stubs.Select.SPEED = SPEED


def load_xcvrd():
    load()
    if not DAEMONS:
        raise tap.Skip("SONIC_PLATFORM_DAEMONS names no checkout of sonic-platform-daemons")
    path = os.path.join(DAEMONS, "sonic-xcvrd")
    if path not in sys.path:
        sys.path.insert(0, path)


def sfp(server, cage):
    """What a platform vendor writes: where the file and the pins are, nothing else."""
    load()
    # pylint: disable=import-outside-toplevel,import-error
    from sonic_platform_base.sonic_xcvr.sfp_optoe_base import SfpOptoeBase

    class Sfp(SfpOptoeBase):
        def get_eeprom_path(self):
            return server.file(cage)

        def get_presence(self):
            return server.pin(cage, "present") == "1"

    return Sfp()


class Xcvrd:
    """CmisManagerTask of xcvrd in its thread, on the databases that it would find."""

    def __init__(self, server, cage):
        load_xcvrd()
        # pylint: disable=import-outside-toplevel,import-error
        from xcvrd import xcvrd  # pylint: disable=unused-import
        from xcvrd.cmis.cmis_manager_task import CmisManagerTask
        from xcvrd.xcvrd_utilities import port_event_helper
        sonic_stubs.DBS.clear()
        del sonic_stubs.LOG[:]
        self.server, self.cage = server, cage
        self.sfp = sfp(server, cage)
        self.config = sonic_stubs.Table(sonic_stubs.db_connect("CONFIG_DB"), "PORT")
        self.state = sonic_stubs.Table(sonic_stubs.db_connect("STATE_DB"), "PORT_TABLE")
        self.info = sonic_stubs.Table(sonic_stubs.db_connect("STATE_DB"), "TRANSCEIVER_INFO")
        self.status = sonic_stubs.Table(sonic_stubs.db_connect("STATE_DB"), "TRANSCEIVER_STATUS_SW")
        sonic_stubs.Table(sonic_stubs.db_connect("APPL_DB"), "PORT_TABLE").set(
            "PortConfigDone", [("count", "1")])
        self.stop = threading.Event()
        self.task = CmisManagerTask([""], port_event_helper.PortMapping(), {1: self.sfp},
                                    self.stop)
        self.task.start()

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.task.join()
        if args[0]:
            print("\n".join("# " + text for _, _, text in sonic_stubs.LOG[-40:]))

    def split(self, gbps, count, lanes, admin="up"):
        """The module's ports are these now, as after a dynamic port breakout."""
        for port in self.config.getKeys():
            self.config.delete(port)
            self.state.delete(port)
            self.info.delete(port)
        self.ports = [f"Ethernet{lanes * n}" for n in range(count)]
        for n, port in enumerate(self.ports):
            self.status.set(port, [("cmis_state", "UNKNOWN")])  # not what another port left
            self.state.set(port, [("host_tx_ready", "true")])
            self.config.set(port, [
                ("index", "1"), ("speed", str(gbps * 1000)), ("admin_status", admin),
                ("lanes", ",".join(str(n * lanes + k + 1) for k in range(lanes))),
                ("subport", str(n + 1 if count > 1 else 0))])
        for port in self.ports:
            self.info.set(port, [("model", self.sfp.get_model())])

    def states(self):
        return [self.status.hget(port, "cmis_state")[1] for port in self.ports]

    def settle(self):
        """Wait until every port is READY or FAILED, and stays there: after READY the new active
        AppSel restarts the machine once. Returns the states."""
        since, states = time.monotonic(), None

        def quiet():
            nonlocal since, states
            now = self.states()
            if now != states or not all(s in ("READY", "FAILED") for s in now):
                since, states = time.monotonic(), now
            return time.monotonic() - since > 4 / SPEED

        await_true("ports that stay as they are", quiet)
        return states

    def said(self, text):
        return [t for _, _, t in sonic_stubs.LOG if text in t]


    def watch(self, interval_s):
        """DomInfoUpdateTask of xcvrd in its thread: a pass over the ports each interval."""
        # pylint: disable=import-outside-toplevel,import-error
        from xcvrd.dom.dom_mgr import DomInfoUpdateTask
        from xcvrd.xcvrd_utilities import common, port_event_helper
        common.init_globals(types.SimpleNamespace(get_sfp=lambda _: self.sfp), None)
        task = DomInfoUpdateTask([""], port_event_helper.get_port_mapping([""]), {1: self.sfp},
                                 self.stop, False, interval_s)
        task.start()
        return task

    def posted(self, table):
        """What stands in a table of STATE_DB for the first port."""
        return dict(sonic_stubs.Table(sonic_stubs.db_connect("STATE_DB"), table).get(
            self.ports[0])[1])
