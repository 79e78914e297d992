# SPDX-License-Identifier: Apache-2.0
"""What SONiC's Python code imports and a machine without SONiC lacks: its databases, its log and a
few names. In one process, as small as its users allow; none of it is SONiC's code.

install() puts the modules where `import` finds them.
"""
import re
import sys
import threading
import types

LOCK = threading.Condition(threading.RLock())
LOG = []  # (level, name, text) of everything that SONiC logged


class Db:
    """A database: tables of keys of fields, and who wants to know of changes."""

    def __init__(self):
        self.tables = {}
        self.readers = []

    def table(self, name):
        return self.tables.setdefault(name, {})

    def hget(self, key, field):
        table, _, key = key.partition("|")
        return self.table(table).get(key, {}).get(field)

    def tell(self, name, key, operation):
        for reader in self.readers:
            if reader.name == name:
                fields = list(self.table(name).get(key, {}).items())
                reader.events.append((key, operation, fields))
        LOCK.notify_all()


DBS = {}


def db_connect(name, namespace="", *_):
    with LOCK:
        return DBS.setdefault(name, Db())


class Table:
    def __init__(self, db, name):
        self.db, self.name = db, name

    def set(self, key, fvs, *_):
        with LOCK:
            self.db.table(self.name).setdefault(key, {}).update(dict(fvs))
            self.db.tell(self.name, key, "SET")

    def hset(self, key, field, value):
        self.set(key, [(field, value)])

    def get(self, key):
        with LOCK:
            row = self.db.table(self.name).get(key)
            return (row is not None, list((row or {}).items()))

    def hget(self, key, field):
        with LOCK:
            row = self.db.table(self.name).get(key, {})
            return (field in row, row.get(field, ""))

    def hdel(self, key, field):
        with LOCK:
            self.db.table(self.name).get(key, {}).pop(field, None)

    def delete(self, key):
        with LOCK:
            if self.db.table(self.name).pop(key, None) is not None:
                self.db.tell(self.name, key, "DEL")

    _del = delete

    def getKeys(self):
        with LOCK:
            return list(self.db.table(self.name))


class SubscriberStateTable(Table):
    def __init__(self, db, name, *_):
        super().__init__(db, name)
        with LOCK:
            self.events = [(key, "SET", list(row.items())) for key, row in db.table(name).items()]
            db.readers.append(self)

    def pop(self):
        with LOCK:
            return self.events.pop(0) if self.events else ("", "", [])


class Select:
    OBJECT, TIMEOUT = 0, 2
    SPEED = 1.0  # of the modules' time, which the host's walk interval follows

    def __init__(self):
        self.of = []

    def addSelectable(self, table):
        self.of.append(table)

    def select(self, timeout_ms=-1):
        with LOCK:
            ready = LOCK.wait_for(lambda: any(t.events for t in self.of),
                                  timeout_ms / 1000 / Select.SPEED)
            for table in self.of:
                if ready and table.events:
                    return (Select.OBJECT, table)
        return (Select.TIMEOUT, None)


class Logger:
    LOG_PRIORITY_ERROR = LOG_PRIORITY_WARNING = LOG_PRIORITY_NOTICE = 0
    LOG_PRIORITY_INFO = LOG_PRIORITY_DEBUG = 0

    def __init__(self, name="", *_, **__):
        self.name = name
        self.logger = types.SimpleNamespace(propagate=True)

    def __getattr__(self, name):
        if not name.startswith("log_"):
            return lambda *a, **k: None
        return lambda text, *_, **__: LOG.append((name[4:], self.name, str(text)))


def natural(text, key=None):
    text = key(text) if key else text
    return [int(t) if t.isdigit() else t for t in re.split(r"(\d+)", str(text))]


def module(name, **members):
    m = types.ModuleType(name)
    m.__dict__.update(members)
    sys.modules[name] = m
    return m


def install():
    swss = module("swsscommon.swsscommon", Table=Table, ProducerStateTable=Table,
                  SubscriberStateTable=SubscriberStateTable, Select=Select, SET_COMMAND="SET",
                  DEL_COMMAND="DEL", CFG_PORT_TABLE_NAME="PORT", APP_PORT_TABLE_NAME="PORT_TABLE",
                  STATE_PORT_TABLE_NAME="PORT_TABLE", FieldValuePairs=list, DBConnector=db_connect,
                  SonicDBConfig=types.SimpleNamespace(isInit=lambda: True))
    module("swsscommon", swsscommon=swss)
    parts = {
        "syslogger": {"SysLogger": Logger},
        "logger": {"Logger": Logger},
        "daemon_base": {"db_connect": db_connect, "DaemonBase": Logger},
        "device_info": {"get_cpo_data": lambda: None, "get_platform_json_data": lambda: None,
                        "get_paths_to_platform_and_hwsku_dirs": lambda: ("", ""),
                        "get_platform": lambda: "lanewise"},
        "multi_asic": {"is_multi_asic": lambda: False, "PORT_ROLE": "role",
                       "get_asic_index_from_namespace": lambda ns: 0,
                       "is_front_panel_port": lambda name, role: True},
    }
    subs = {k: module("sonic_py_common." + k, **v) for k, v in parts.items()}
    subs["interface"] = module("sonic_py_common.interface", backplane_prefix=lambda: "BP",
                               inband_prefix=lambda: "IB", recirc_prefix=lambda: "Rec")
    module("sonic_py_common", **subs)
    module("natsort", natsorted=lambda it, key=None, **_: sorted(it, key=lambda t: natural(t, key)))
