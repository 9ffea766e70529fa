"""Where this installation keeps things; every path lies under `LIENTHONG_HOME` unless the operator says otherwise.

Makes no folder: whoever writes does.
"""

from pathlib import Path

from lienthong.config import environment


def home() -> Path:
    """The data folder."""
    return environment.current().home


def secret_file() -> Path:
    """The file with the signing keys and kept secrets."""
    return environment.current().secret_file or home() / "keys.json"


def witness_folders() -> tuple[Path, ...]:
    """Where the audit log's checkpoints are kept outside the database: here, and wherever the operator says too."""
    return (home() / "witness", *environment.current().witnesses)


def partners_file() -> Path:
    """Who the other systems are and how they are reached."""
    return home() / "partners.toml"


def scans_folder() -> Path:
    """The scans of paper dossiers, readable by this installation alone."""
    return home() / "scans"


def linkages_folder() -> Path:
    """The registers and results of the linkages, readable by this installation alone."""
    return home() / "linkages"


def backed_up_folders() -> dict[str, Path]:
    """The folders of files that belong to the database and stand beside it."""
    return {"scans": scans_folder(), "linkages": linkages_folder()}


def backup_identity_file() -> Path:
    """Outside production, where no recipient is named: what opens the backups. To be taken off this machine."""
    return secret_file().with_name("backup-key.txt")


def backup_note() -> Path:
    """What the last backup left behind for whoever watches: its folder and how far it reaches."""
    return home() / "backup.json"


def measures_folder() -> Path:
    """Where the processes of one web server add up their figures."""
    return home() / "measures"


def demo_accounts_file() -> Path:
    """User names and passwords of the demo, for people who try it out."""
    return home() / "demo-accounts.json"


def demo_unsent_file() -> Path:
    """What the demo's ministry says it sent and did not: it sends it when it is asked to."""
    return home() / "demo-unsent.ndjson"


def demo_letters_folder() -> Path:
    """What the demo would have sent to families, a file each."""
    return home() / "letters"
