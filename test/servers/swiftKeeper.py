"""
Runs the servers of a Swift cluster as its children, and ends them when its input ends: so nothing is left when the test
that started it is gone. All are forks of one process, since importing Swift takes longer than anything else.

Reads a command a line, and answers each by a line: `ok`, or what went wrong.
"""

import os
import signal
import sys

import swift.common.utils as utils

folder = sys.argv[1]
utils.SWIFT_CONF_FILE = folder + "/etc/swift.conf"

from swift.common.ring import RingBuilder  # noqa: E402
from swift.common.wsgi import run_wsgi  # noqa: E402
import swift.account.server  # noqa: E402, F401
import swift.container.server  # noqa: E402, F401
import swift.obj.server  # noqa: E402, F401
import swift.proxy.server  # noqa: E402, F401

KINDS = ("account", "container", "object")
children = {}


def in_child(name, work):
    """The id of a process that does the work and ends, with its output in a log of that name."""
    pid = os.fork()
    if pid != 0:
        return pid
    status = 1
    try:
        os.setsid()
        log = os.open("%s/run/%s.log" % (folder, name), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        status = work() or 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(status)


def rings(*ports):
    """32 partitions, 3 replicas, a zone for each node; the ports node by node, each in the order of KINDS."""
    for at, kind in enumerate(KINDS):
        builder = RingBuilder(5, 3, 0)
        for node in range(3):
            port = int(ports[3 * node + at])
            builder.add_dev(
                {
                    "region": 1,
                    "zone": node + 1,
                    "device": "d%d" % (node + 1),
                    "weight": 1,
                    "meta": "",
                    "ip": "127.0.0.1",
                    "port": port,
                    "replication_ip": "127.0.0.1",
                    "replication_port": port,
                }
            )
        builder.rebalance()
        builder.get_ring().save("%s/etc/%s.ring.gz" % (folder, kind))


def run(name, *command):
    """Another program."""
    children[name] = in_child(name, lambda: os.execvp(command[0], command))


def serve(*names):
    for name in names:
        conf = "%s/etc/%s.conf" % (folder, name)
        server = name.rstrip("123") + "-server"
        children[name] = in_child(name, lambda: run_wsgi(conf, server, verbose=True))


def send(number, *names):
    """Kills with KILL, at once, as a failure would; STOP lets connections hang, and CONT goes on."""
    for name in names:
        os.kill(children[name], getattr(signal, "SIG" + number))
        if number == "KILL":
            os.waitpid(children.pop(name), 0)


def dead():
    """Names of servers that ended by themselves."""
    ended = [name for name, pid in children.items() if os.waitpid(pid, os.WNOHANG)[0] != 0]
    for name in ended:
        del children[name]
    return "ok" if not ended else "ended: " + " ".join(ended)


def replicate(*nodes):
    """Runs the updaters and replicators of these nodes once."""

    def work():
        utils.eventlet_monkey_patch()
        from swift.account.replicator import AccountReplicator
        from swift.container.replicator import ContainerReplicator
        from swift.container.updater import ContainerUpdater
        from swift.obj.replicator import ObjectReplicator
        from swift.obj.updater import ObjectUpdater

        jobs = (
            ("object", "updater", ObjectUpdater),
            ("container", "updater", ContainerUpdater),
            ("account", "replicator", AccountReplicator),
            ("container", "replicator", ContainerReplicator),
            ("object", "replicator", ObjectReplicator),
        )
        for kind, job, make in jobs:
            for node in nodes:
                name = kind + "-" + job
                conf = utils.readconf("%s/etc/%s%s.conf" % (folder, kind, node), name, log_name=name)
                make(conf, logger=utils.get_logger(conf, log_to_console=True)).run_once()

    status = os.waitpid(in_child("replicate", work), 0)[1]
    return "ok" if status == 0 else "replicate ended with %d" % status


commands = {each.__name__: each for each in (rings, run, serve, send, dead, replicate)}
try:
    for line in sys.stdin:
        command, *words = line.split()
        try:
            answer = commands[command](*words) or "ok"
        except Exception as problem:
            answer = "%s: %r" % (command, problem)
        print(answer, flush=True)
finally:
    for pid in children.values():
        os.kill(pid, signal.SIGKILL)
    for pid in children.values():
        os.waitpid(pid, 0)
