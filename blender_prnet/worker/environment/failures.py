# SPDX-License-Identifier: GPL-3.0-or-later
"""Translates the error output of Python and pip into a cause and a remedy that a user can act on."""

import re

from ..errors import InstallError

BY_FOLDER = "Without internet, get the wheels elsewhere and use Install from a Folder of Wheels."
KNOWN_FAILURES = (  # pattern of the output, its cause, its remedy; the first match counts
    (
        r"No space left on device|not enough space on the disk|Errno 28",
        "The disk is full.",
        "Free some space, and install again.",
    ),
    (
        r"ProxyError|Cannot connect to proxy|Tunnel connection failed",
        "The proxy could not be reached, or it refused the connection.",
        f"Set HTTPS_PROXY for Blender, or the proxy in pip's configuration, and install again. {BY_FOLDER}",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLError",
        "The connection is not trusted: something in between, such as a firewall, replaces certificates.",
        f"Set PIP_CERT to your company's certificate for Blender, and install again. {BY_FOLDER}",
    ),
    (
        r"NewConnectionError|Failed to establish a new connection|NameResolutionError|Read timed out"
        r"|ConnectionResetError|ConnectTimeout|Max retries exceeded",
        "The package index could not be reached.",
        f"Check that this computer is online and that HTTPS_PROXY names the proxy, if there is one. {BY_FOLDER}",
    ),
    (
        r"No matching distribution found for (?P<what>[^\n]+)",
        "There is no {what} for this Python and this system.",
        "Add it to the folder of wheels, or choose another Python with the packages of requirements/worker.txt.",
    ),
    (
        r"(?:Wheel|wheel) '?(?P<what>[^\n']+)'? (?:located at [^\n]* )?is invalid|BadZipFile|zipfile\.",
        "A wheel is damaged.",
        "Download it again, and install again.",
    ),
    (
        r"ensurepip is not\s+available|No module named '?ensurepip|No module named '?venv|ensurepip.*returned non-zero",
        "This Blender's Python cannot make environments: it lacks venv or ensurepip.",
        "Install them (on Debian and Ubuntu: python3-venv), or choose an existing Python.",
    ),
    (
        r"[Ll]ong[ -][Pp]ath",
        "The paths become longer than this Windows allows.",
        "Allow long paths in Windows' settings, and install again.",
    ),
    (
        r"Read-only file system|Errno 30",
        "The folder is read-only.",
        "Give Blender a writable folder for extensions, in the preferences' File Paths.",
    ),
    (
        r"PermissionError|Access is denied|WinError 5|WinError 32|Permission denied",
        "A file is locked or read-only: an antivirus program may be scanning it.",
        "Wait a little or exclude the folder from the antivirus scan, and install again.",
    ),
)


def explain_failure(output: str, doing: str) -> InstallError:
    """Return the error to raise for a command that failed. output: what it printed; doing: its purpose, in words."""
    for pattern, meaning, remedy in KNOWN_FAILURES:
        if found := re.search(pattern, output):
            return InstallError(f"{doing} failed. {meaning.format(**found.groupdict())}", remedy)
    lines = [line for line in output.splitlines() if line.strip()]
    return InstallError(f"{doing} failed: {lines[-1] if lines else 'there was no output'}", "The log has the rest.")
