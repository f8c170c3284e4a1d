"""Two scanners on loopback: clamd itself, and one that says or does what a test wants."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers.child import START_SECONDS, STOP_SECONDS, ServerError, free_port, log_text

PROGRAM = shutil.which("clamd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
MISSING = "clamd is not installed; `apt-get install clamav-daemon` brings it"

# One signature of our own: these bytes, anywhere in any file. Real signature sets are 200 MB, take
# a network and a minute to load, and would say no more about us.
HARMFUL = b"vitrine-test-malware-4a1f"
SIGNATURE = "Vitrine.Test.Malware"
STREAM_MAX = 200_000  # bytes

CONFIGURATION = """
Foreground yes
LogFile {folder}/clamd.log
TemporaryDirectory {folder}
DatabaseDirectory {folder}/signatures
LocalSocket {folder}/clamd.ctl
TCPAddr 127.0.0.1
TCPSocket {port}
User {user}
StreamMaxLength {stream_max}
"""


@dataclass(frozen=True)
class Clamd:
    """A running clamd: its two addresses."""

    tcp: str
    unix: str


@contextlib.contextmanager
def clamd(folder):
    """Run Debian's clamd with a configuration and signatures in `folder`; yield its addresses.

    It is ended by the kernel if this process dies first (setpriv, of util-linux).
    """
    port = free_port()
    (folder / "signatures").mkdir()
    (folder / "signatures" / "vitrine.ndb").write_text(f"{SIGNATURE}:0:*:{HARMFUL.hex()}\n")
    configuration = folder / "clamd.conf"
    user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
    configuration.write_text(
        CONFIGURATION.format(folder=folder, port=port, user=user, stream_max=STREAM_MAX)
    )
    with (folder / "output").open("w") as output:
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", PROGRAM, f"--config-file={configuration}"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for_pong(process, port, folder)
        yield Clamd(f"tcp://127.0.0.1:{port}", f"unix://{folder / 'clamd.ctl'}")
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for_pong(process, port, folder):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", port), timeout=2) as line,
        ):
            line.sendall(b"zPING\0")
            if line.recv(16) == b"PONG\0":
                return
        time.sleep(0.05)
    said = log_text(folder / "output") + log_text(folder / "clamd.log")
    raise ServerError(f"clamd did not answer within {START_SECONDS} s.\n\n{said}")


@dataclass
class Scanner:
    """One that reads what it is sent and then does as `answer` does, a function of the socket."""

    url: str
    answer: object
    reads: int | None = None  # bytes; None: all of a scan
    received: list = field(default_factory=list)  # the bytes of each connection

    def serve(self, line):
        got = bytearray()
        self.received.append(got)
        while not self.satisfied(got):
            more = line.recv(65536 if self.reads is None else self.reads - len(got))
            if not more:
                return
            got += more
        self.answer(line)

    def satisfied(self, got):
        return len(got) >= self.reads if self.reads is not None else streamed(got) is not None


def streamed(received):
    """Return the file in the bytes of one whole INSTREAM command, or None if it is not that."""
    command, _end, rest = bytes(received).partition(b"\0")
    if command != b"zINSTREAM":
        return None
    file = b""
    while len(rest) >= 4:
        size = int.from_bytes(rest[:4], "big")
        if size == 0:
            return file if len(rest) == 4 else None
        file, rest = file + rest[4 : 4 + size], rest[4 + size :]
    return None


@contextlib.contextmanager
def scanner(kind, answer, reads=None):
    """Listen on `kind`, "tcp" or "unix", and serve each connection in a thread of its own."""
    folder = tempfile.TemporaryDirectory()  # a test's own folder has too long a name for a socket
    if kind == "tcp":
        listener = socket.create_server(("127.0.0.1", 0))
        url = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
    else:
        path = Path(folder.name, "ctl")
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        listener.listen()
        url = f"unix://{path}"
    one = Scanner(url, answer, reads)
    threads = []

    def serve(line):
        with line, contextlib.suppress(ConnectionError):
            one.serve(line)

    def accept():
        with contextlib.suppress(OSError):  # closed at the end of the test
            while True:
                line, _address = listener.accept()
                threads.append(threading.Thread(target=serve, args=(line,)))
                threads[-1].start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield one
    finally:
        listener.shutdown(socket.SHUT_RDWR)  # close() alone does not wake accept()
        listener.close()
        accepting.join()
        for thread in threads:
            thread.join()
        folder.cleanup()
