"""The console script `lienthong`: every command of the contract, one JSON document on request, honest exit codes.

0 done · 1 refused or failed, with a sentence that says what to do · 2 wrong usage. Commands live in
`config/commands`; this file only gathers them and turns errors into sentences.
"""

import errno
import sys

import click

from lienthong.config.commands import (
    accounts,
    backups,
    benches,
    births,
    cards,
    catalogues,
    demo,
    law,
    linking,
    lookup,
    partners,
    registers,
    reports,
    running,
    simulating,
    upkeep,
)
from lienthong.kernel.errors import LienthongError, Unavailable

GROUPS = (
    law,
    births,
    catalogues,
    cards,
    linking,
    registers,
    lookup,
    reports,
    accounts,
    backups,
    partners,
    running,
    simulating,
    upkeep,
    benches,
    demo,
)
_NO_ROOM = "Đĩa đã đầy; hãy dành thêm chỗ rồi chạy lại, chạy lại luôn an toàn."
_NO_RIGHT = "Người dùng đang chạy lệnh này không được đọc hoặc ghi ở đây:"
_MENDED = {
    errno.ENOSPC: _NO_ROOM,
    errno.EDQUOT: _NO_ROOM,
    errno.EACCES: _NO_RIGHT,
    errno.EPERM: _NO_RIGHT,
    errno.EROFS: _NO_RIGHT,
}
"""What the machine refuses and a person can mend."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def root() -> None:
    """Liên thông: từ dữ liệu khai sinh đến thẻ BHYT của trẻ em dưới 6 tuổi."""


for group in GROUPS:
    for command in group.COMMANDS:
        root.add_command(command)


def main() -> None:
    """Run the command line; never shows a stack trace for what a person can mend."""
    try:
        # Without its standalone mode click returns the code of an `Exit`, and never raises it.
        code = root.main(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(1)
    except click.UsageError as wrong:
        wrong.show()
        sys.exit(2)
    except click.ClickException as refused:
        refused.show()
        sys.exit(1)
    except LienthongError as refused:
        _tell(refused)
        sys.exit(1)
    except OSError as error:
        if error.errno not in _MENDED:
            raise
        click.echo(
            f"{_MENDED[error.errno]} {error.filename or ''}".rstrip() + " [E-DISK]", err=True
        )
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


def _tell(refused: LienthongError) -> None:
    where = " · ".join(part for part in (refused.code, refused.field) if part)
    click.echo(f"{refused.message_vi}{f' [{where}]' if where else ''}", err=True)
    if isinstance(refused, Unavailable):
        click.echo("Vui lòng kiểm tra cơ sở dữ liệu rồi chạy lại; chạy lại luôn an toàn.", err=True)


if __name__ == "__main__":
    main()
