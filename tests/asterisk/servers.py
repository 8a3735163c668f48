"""Real Asterisk for the tests: an old server (16) and a current one (22), each in a root of its own.

    servers.py setup               make the roots, which takes a minute or two the first time
    servers.py exec -- CMD ARGS    run CMD while both servers are up; it finds them in the variables
                                   AMI_ASTERISK_16 and AMI_ASTERISK_22, each host:port; with _TLS behind it is
                                   the port with TLS, and with _CA the file with its authority
    servers.py serve               run the servers until interrupted, and print those variables
    servers.py control GENERATION [--pjsip] [NAME=VALUE...]
                                   run one server, with these settings in the general section of its
                                   manager.conf, print its host:port, and do what each line of the input
                                   says, "kill" or "start", with the answer "ok"; until the input ends

The roots stay in $AMI_ASTERISK_ROOTS, or else in the user's cache folder. Making and using them needs root
rights.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import fcntl
import itertools
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType

import configuration
import wire

BUILD_SECONDS = 900.0
START_SECONDS = 60.0
STOP_SECONDS = 10.0


class RootsError(RuntimeError):
    """The roots cannot be made or used here; the message says what is missing."""


class ServerError(RuntimeError):
    """A server did not start; the message holds the end of its log."""


@dataclasses.dataclass(frozen=True)
class Release:
    """A Debian suite and the generation of Asterisk that it carries."""

    suite: str
    generation: int

    @property
    def variable(self) -> str:
        return f"AMI_ASTERISK_{self.generation}"


RELEASES = (Release("bullseye", 16), Release("forky", 22))


# -----------------------------------------------------------------------------------------------------------
# Roots

_MARKER = ".libami-ready"
_UNFINISHED = ".unfinished"


def roots_folder() -> Path:
    given = os.environ.get("AMI_ASTERISK_ROOTS")
    if given:
        return Path(given).resolve()
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache).resolve() / "libami" / "asterisk"


def ensure_roots(releases: Sequence[Release] = RELEASES) -> dict[Release, Path]:
    """The root of each release, made now if it is not there yet. Call it from the main thread."""
    if os.geteuid() != 0:
        raise RootsError("real Asterisk runs in a chroot, which needs root rights: run this as root")
    folder = roots_folder()
    roots = {release: folder / release.suite for release in releases}
    if not all(map(_is_ready, roots.values())):
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            # Whoever comes second waits here, and finds the roots ready.
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                _say(f"waiting for another run that makes the roots in {folder}")
                fcntl.flock(lock, fcntl.LOCK_EX)
            missing = {release: root for release, root in roots.items() if not _is_ready(root)}
            if missing:
                _make_roots(missing, lock)
        finally:
            os.close(lock)
    return roots


def _is_ready(root: Path) -> bool:
    if (root / _MARKER).exists():
        return True
    # Made by hand: debootstrap keeps its own folder in the root until it has finished.
    return (root / "usr/sbin/asterisk").exists() and not (root / "debootstrap").exists()


def _make_roots(roots: Mapping[Release, Path], lock: int) -> None:
    debootstrap = find_debootstrap()
    for root in roots.values():
        if root.exists():
            raise RootsError(f"{root} is in the way: it is no finished root with Asterisk; remove it")
        for left_over in root.parent.glob(f"{_UNFINISHED}-{root.name}-*"):
            discard(left_over)
    _say(f"making roots with Asterisk in {roots_folder()}; this takes a minute or two, once")
    builds = [_Build(release, root, debootstrap, lock) for release, root in roots.items()]
    try:
        for build in builds:
            build.begin()
        while builds_left := [build for build in builds if not build.has_finished()]:
            builds_left[0].wait(0.2)
    finally:
        for build in builds:
            build.clean_up()


class _Build:
    """One debootstrap into a temporary folder, which becomes the root when all has gone well."""

    attempts = 2  # The mirror sometimes fails to deliver; twice in a row is a reason to say so.

    def __init__(self, release: Release, root: Path, debootstrap: str, lock: int) -> None:
        self._suite = release.suite
        self._root = root
        self._folder = root.with_name(f"{_UNFINISHED}-{root.name}-{os.getpid()}")
        self._made = self._folder / "root"
        self._log = self._folder / "log"
        self._debootstrap = debootstrap
        self._lock = lock
        self._attempt = 0
        self._deadline = 0.0
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        self._attempt += 1
        self._folder.mkdir()
        command = [self._debootstrap, "--variant=minbase", "--include=asterisk", self._suite, str(self._made)]
        if not Path("/usr/share/debootstrap/scripts", self._suite).exists():
            # A debootstrap older than the suite: every suite of these years is made as sid is. The empty
            # argument stands for the default mirror.
            command += ["", "sid"]
        # The lock goes along, so that it is held as long as anything still writes there.
        self._process = _spawn(command, self._log, end_with=signal.SIGTERM, pass_fds=(self._lock,))
        self._deadline = time.monotonic() + BUILD_SECONDS

    def has_finished(self) -> bool:
        """Whether the root is ready. Raises when it cannot be made."""
        if self._process is None:
            return True
        code = self._process.poll()
        if code is None and time.monotonic() < self._deadline:
            return False
        if code == 0:
            self._accept()
            return True
        log = _tail(self._log)
        self.clean_up()
        if self._attempt == self.attempts:
            how = "took too long" if code is None else f"ended with status {code}"
            raise RootsError(f"debootstrap {self._suite} {how}; the end of its log:\n{log}")
        _say(f"debootstrap {self._suite} failed, trying once more")
        self.begin()
        return False

    def wait(self, seconds: float) -> None:
        """Until debootstrap ends, but no longer than that."""
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds)

    def _accept(self) -> None:
        version = subprocess.run(
            ["chroot", self._made, "asterisk", "-V"], capture_output=True, text=True, timeout=60, check=False
        )
        if version.returncode != 0:
            raise RootsError(f"the Asterisk of {self._suite} does not run: {version.stderr.strip()}")
        for package in (self._made / "var/cache/apt/archives").glob("*.deb"):
            package.unlink()
        (self._made / _MARKER).write_text(version.stdout, encoding="utf-8")
        self._made.rename(self._root)
        self.clean_up()
        _say(f"made {self._suite}: {version.stdout.strip()}")

    def clean_up(self) -> None:
        """End what still runs and remove what is not finished."""
        if self._process is not None:
            _end_group(self._process, signal.SIGTERM)
            self._process = None
            discard(self._folder)


def find_debootstrap() -> str:
    """The program, which is installed if it is not there. Raises RootsError if it cannot be."""
    places = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
    found = shutil.which("debootstrap", path=places)
    if found:
        return found
    if not (Path("/etc/debian_version").exists() and shutil.which("apt-get")):
        raise RootsError(
            "debootstrap is missing, and this is not a Debian system that it could be installed on: "
            "install it, or let AMI_ASTERISK_ROOTS name a folder with ready roots "
            + " and ".join(f"{release.suite} (Asterisk {release.generation})" for release in RELEASES)
        )
    _say("installing debootstrap")
    apt_get = ["apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=300"]
    install = ["install", "--no-install-recommends", "debootstrap", "debian-archive-keyring"]
    for command in ([*apt_get, "update"], [*apt_get, *install]):
        done = subprocess.run(
            command,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=BUILD_SECONDS,
            check=False,
        )
    found = shutil.which("debootstrap", path=places)
    if not found:
        raise RootsError(f"debootstrap is missing and could not be installed:\n{done.stdout[-2000:]}")
    return found


def discard(folder: Path) -> None:
    """Remove what an unfinished debootstrap left. What it left mounted goes first: the removal must not reach
    through it."""
    for mount in _mounts_under(folder):
        subprocess.run(["umount", "--lazy", mount], capture_output=True, check=False)
    if _mounts_under(folder):
        raise RootsError(f"{folder} is not finished and cannot be removed: something is mounted in it")
    shutil.rmtree(folder)


def _mounts_under(folder: Path) -> list[str]:
    def unescape(field: str) -> str:
        return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), field)

    lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    points = [unescape(line.split()[4]) for line in lines]
    return sorted((point for point in points if point.startswith(f"{folder}/")), key=len, reverse=True)


# -----------------------------------------------------------------------------------------------------------
# Servers

_RUNS = "srv"
_run_numbers = itertools.count(1)


class Server:
    """One Asterisk with a port, configuration, database and logs of its own, so that any number can share a
    root. It dies with the thread that started it, even one that is killed: start it from the main thread.

    `manager` has further settings of manager.conf, NAME=VALUE."""

    def __init__(
        self, release: Release, root: Path, *, pjsip: bool = False, manager: Sequence[str] = ()
    ) -> None:
        self.release = release
        self.root = root
        self._pjsip = pjsip
        self._manager = manager
        self._run = Path(_RUNS, f"ami-{os.getpid()}-{next(_run_numbers)}")
        self._port = 0
        self._tls_port = 0
        self._version = ""
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def port(self) -> int:
        """The manager's, on 127.0.0.1: chosen by the first start, and the same ever after."""
        return self._port

    @property
    def tls_port(self) -> int:
        """The manager's with TLS."""
        return self._tls_port

    @property
    def authority(self) -> Path:
        """The certificate of whoever signed the server's; each server has another."""
        return self.etc / configuration.AUTHORITY

    @property
    def version(self) -> str:
        """As the server itself states it."""
        return self._version

    @property
    def pid(self) -> int | None:
        """The process, while there is one."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    @property
    def log(self) -> Path:
        """Notices, warnings and errors; gone after stop()."""
        return self._folder / "log/messages"

    @property
    def etc(self) -> Path:
        """The configuration that the server reads and that the manager's actions write."""
        return self._folder / "etc"

    @property
    def _folder(self) -> Path:
        return self.root / self._run

    @property
    def _console(self) -> Path:
        return self._folder / "console"

    def start(self) -> None:
        """Start, and return when the server is fully booted."""
        self.launch()
        self.await_boot()

    def launch(self) -> None:
        """Start without waiting, so that several can boot at a time."""
        if self.pid is not None:
            raise RuntimeError("the server is running")
        if self._port == 0:
            _remove_stale_runs(self.root)
            self._prepare()
        asterisk = ["/usr/sbin/asterisk", "-f", "-C", f"/{self._run}/etc/asterisk.conf"]
        command = ["chroot", str(self.root), *asterisk]
        self._process = _spawn(command, self._console, end_with=signal.SIGKILL, env=_ENVIRONMENT)

    def await_boot(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        try:
            self._version = self._boot(deadline)
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """End the server and remove all that it wrote."""
        self._end(signal.SIGTERM)
        shutil.rmtree(self._folder, ignore_errors=True)
        self._port = 0

    def kill(self) -> None:
        """End the server as a crash would. It can be started again on the same port."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Stop in good order and start again on the same port, with the database kept."""
        self._end(signal.SIGTERM)
        self.start()

    def tail(self) -> str:
        """The end of what the server said."""
        return "\n".join(filter(None, (_tail(self._console), _tail(self.log))))

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            _end_group(self._process, how)
            self._process = None

    def _prepare(self) -> None:
        # The current one keeps them in a folder named after the machine's architecture.
        folders = [
            folder for way in ("", "*/") for folder in self.root.glob(f"usr/lib/{way}asterisk/modules")
        ]
        if not folders:
            raise RootsError(f"{self.root} holds no Asterisk")
        modules = folders[0]
        places = {name: f"/{self._run}/{name}" for name in ("etc", "run", "db", "spool", "log")}
        for place in places.values():
            (self.root / place[1:]).mkdir(parents=True)
        self._port, self._tls_port = _free_port(), _free_port()
        _make_certificates(self.etc, f"Authority of Asterisk {self.release.generation}")
        configuration.write(
            self.etc,
            configuration.Directories(modules=f"/{modules.relative_to(self.root)}", **places),
            modules=sorted(module.stem for module in modules.glob("*.so")),
            manager_port=self._port,
            tls_port=self._tls_port,
            sip_port=_free_port(),
            pjsip_port=_free_port() if self._pjsip else None,
            manager=self._manager,
        )

    def _boot(self, deadline: float) -> str:
        while True:
            left = deadline - time.monotonic()
            if self.pid is None or left <= 0:
                what = "ended while starting" if left > 0 else f"did not boot in {START_SECONDS:.0f} s"
                raise ServerError(f"Asterisk {self.release.generation} {what}:\n{self.tail()}")
            # The manager may not listen yet, or hang up, until all modules are loaded.
            with contextlib.suppress(OSError), wire.Connection(self._port, timeout=left) as connection:
                if connection.login(configuration.ADMIN).get("Response") == "Success":
                    connection.await_event(lambda frame: frame.is_event("FullyBooted"))
                    return connection.call("CoreSettings").get("AsteriskVersion") or ""
            time.sleep(0.05)


@contextlib.contextmanager
def running_servers() -> Iterator[list[Server]]:
    """Both servers, up for the time of the block."""
    servers = [Server(release, root) for release, root in ensure_roots().items()]
    try:
        for server in servers:
            server.launch()
        for server in servers:
            server.await_boot()
        yield servers
    finally:
        for server in servers:
            server.stop()


def environment(servers: Sequence[Server]) -> dict[str, str]:
    """What tells a test program where the servers are."""
    return (
        {server.release.variable: f"127.0.0.1:{server.port}" for server in servers}
        | {f"{server.release.variable}_TLS": f"127.0.0.1:{server.tls_port}" for server in servers}
        | {f"{server.release.variable}_CA": str(server.authority) for server in servers}
    )


@contextlib.contextmanager
def running() -> Iterator[Mapping[str, str]]:
    """Both servers, up for the time of the block, as `environment` names them."""
    with running_servers() as servers:
        yield environment(servers)


def _remove_stale_runs(root: Path) -> None:
    """What runs left that were killed before they could clean up."""
    for folder in (root / _RUNS).glob("ami-*-*"):
        pid = folder.name.split("-")[1]
        if not Path("/proc", pid).exists():
            shutil.rmtree(folder, ignore_errors=True)


def _make_certificates(folder: Path, authority: str) -> None:
    """An authority, and a certificate from it for the server."""
    if not shutil.which("openssl"):
        raise RootsError("openssl is missing, which makes the servers' certificates: install it")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout"]
    (folder / "names").write_text(
        "subjectAltName=" + ",".join(f"DNS:{name}" for name in configuration.TLS_NAMES), encoding="ascii"
    )
    certificate, server_key = configuration.CERTIFICATE, configuration.KEY
    signed_by = ["-CA", configuration.AUTHORITY, "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names"]
    for command in (
        ["req", "-x509", "-subj", f"/CN={authority}", *key, "ca.key", "-out", configuration.AUTHORITY],
        ["req", "-subj", "/CN=Asterisk", *key, server_key, "-out", "request.pem"],
        ["x509", "-req", "-in", "request.pem", *signed_by, "-out", certificate],
    ):
        done = subprocess.run(["openssl", *command], cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise ServerError(f"openssl {command[0]} failed:\n{done.stderr}")


def _free_port() -> int:
    """A port that nobody has, from below those that outgoing connections are given: else one of them, even
    that of a client that tries to reconnect, could take it while the server is down."""
    outgoing = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split()
    for _ in range(1000):
        port = random.randrange(10240, max(int(outgoing[0]), 20480))
        try:
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                with socket.socket(socket.AF_INET, kind) as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return port
    raise ServerError("no free port on 127.0.0.1")


# -----------------------------------------------------------------------------------------------------------
# Processes

_ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}


def _spawn(
    command: Sequence[str],
    log: Path,
    *,
    end_with: signal.Signals,
    env: Mapping[str, str] | None = None,
    pass_fds: tuple[int, ...] = (),
) -> subprocess.Popen[bytes]:
    """A child in a process group of its own, which is sent `end_with` if this process is killed."""
    with log.open("ab") as output:
        return subprocess.Popen(
            ["setpriv", "--pdeathsig", end_with.name.removeprefix("SIG"), *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=env,
            pass_fds=pass_fds,
            start_new_session=True,
        )


def _end_group(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
    """End a child of ours, kindly or not, and whatever it started. One that has ended needs nothing more, and
    its number may be another's by now."""
    if process.poll() is None:
        os.killpg(process.pid, how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _tail(log: Path, lines: int = 30) -> str:
    try:
        return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
    except OSError:
        return ""


def _say(message: str) -> None:
    print(f"asterisk: {message}", file=sys.stderr, flush=True)


# -----------------------------------------------------------------------------------------------------------
# Command


class _InterruptError(Exception):
    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.status = 128 + number


def _interrupt(number: int, _frame: FrameType | None) -> None:
    # Once is enough: a second signal must not get in the way of stopping.
    for each in _SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise _InterruptError(number)


_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _exec(command: Sequence[str]) -> int:
    with running_servers() as servers:
        try:
            child = subprocess.Popen(command, env={**os.environ, **environment(servers)})
        except OSError as error:
            _say(f"cannot run {command[0]}: {error.strerror}")
            return 127
        try:
            status = child.wait()
        finally:
            # Only an interrupted wait leaves it running.
            child.terminate()
            try:
                child.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        if status:
            for server in servers:
                _say(f"the end of the log of Asterisk {server.version}:\n{server.tail()}")
        return status if status >= 0 else 128 - status


def _serve() -> int:
    with running_servers() as servers:
        for name, value in environment(servers).items():
            print(f"{name}={value}", flush=True)
        while all(server.pid is not None for server in servers):
            time.sleep(0.5)
        for server in servers:
            if server.pid is None:
                _say(f"Asterisk {server.version} ended by itself:\n{server.tail()}")
        return 1


def _control(generation: int, *, pjsip: bool, manager: Sequence[str]) -> int:
    release = next(release for release in RELEASES if release.generation == generation)
    server = Server(release, ensure_roots([release])[release], pjsip=pjsip, manager=manager)
    try:
        server.start()
        print(f"127.0.0.1:{server.port}", flush=True)
        for line in sys.stdin:
            {"kill": server.kill, "start": server.start}[line.strip()]()
            print("ok", flush=True)
    finally:
        server.stop()
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Real Asterisk servers for the tests.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("setup", help="make the roots that the servers run in")
    commands.add_parser("serve", help="run the servers until interrupted and print where they are")
    control = commands.add_parser("control", help="run one server that can be killed and started again")
    control.add_argument("generation", type=int, choices=[release.generation for release in RELEASES])
    control.add_argument("--pjsip", action="store_true", help="with PJSIP, which has an object of each kind")
    control.add_argument("manager", nargs="*", metavar="NAME=VALUE", help="a setting of its manager.conf")
    execute = commands.add_parser("exec", help="run a command while the servers are up; return its status")
    execute.add_argument("argv", nargs=argparse.REMAINDER, metavar="-- CMD ARGS")
    chosen = parser.parse_args(arguments)
    if chosen.command == "exec":
        chosen.argv = chosen.argv[chosen.argv[:1] == ["--"] :]
        if not chosen.argv:
            parser.error("exec: which command?")
    for each in _SIGNALS:
        signal.signal(each, _interrupt)
    try:
        if chosen.command == "setup":
            ensure_roots()
            return 0
        if chosen.command == "control":
            return _control(chosen.generation, pjsip=chosen.pjsip, manager=chosen.manager)
        return _serve() if chosen.command == "serve" else _exec(chosen.argv)
    except _InterruptError as interrupted:
        return interrupted.status
    except (RootsError, ServerError) as error:
        _say(str(error))
        return 1


if __name__ == "__main__":
    sys.exit(main())
