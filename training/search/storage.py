"""Where the trials of studies are kept: a journal file, or a PostgreSQL database. Knows no study."""

import re
from pathlib import Path

import optuna
import sqlalchemy
from optuna.storages import BaseStorage, JournalStorage, RDBStorage

from training.errors import UnusableStorage
from training.search.journal import Journal, check

POSTGRESQL = ("postgresql", "postgres", "postgresql+psycopg")
CONNECT_S = 10
OUTAGES = (optuna.exceptions.StorageInternalError, sqlalchemy.exc.SQLAlchemyError)  # of a database, during a search
RIGHT = "STORAGE= takes the path of a journal file, or postgresql://user:password@host/database"


def open_storage(address: str) -> BaseStorage:
    """The storage at a path or an address; a journal is begun where there is none.

    Raises UnusableStorage with a sentence that holds no password.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    scheme, separator, _ = address.partition("://")
    if not separator:
        return _journal(Path(address).expanduser())
    if scheme in POSTGRESQL:
        return _database(address)
    if scheme.startswith("sqlite"):
        raise UnusableStorage(
            f"SQLite suits no search, as Optuna advises against it where several processes write. {RIGHT}."
        )
    raise UnusableStorage(f"Trials cannot be kept in {scheme[:40]}://. {RIGHT}.")


def outage(address: str, error: BaseException) -> UnusableStorage:
    """What to say of one of OUTAGES."""
    return UnusableStorage(
        f"{shown(address)} can be read or written no more: {_reason(error)} What it has is kept, and the same command "
        "goes on with it."
    )


def is_there(address: str) -> bool:
    """Whether a journal is there to be joined; a database says by itself whether it is."""
    return "://" in address or Path(address).expanduser().is_file()


def shown(address: str) -> str:
    """An address without its password."""
    return re.sub(r"(://[^:/]*):.*@", r"\1:***@", address)


def weights_folder(address: str, study: str, place: Path) -> Path:
    """Where trials leave weights for those that begin with them: beside the journal, else in `place`."""
    beside = place if "://" in address else Path(address).expanduser().parent
    return beside / f"{study}.weights"


def _journal(path: Path) -> JournalStorage:
    if path.is_dir():
        raise UnusableStorage(f"{path} is a folder. Name a file in it, such as {path / 'studies.journal'}.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            check(path)
        return JournalStorage(Journal(path))
    except OSError as error:
        raise UnusableStorage(
            f"The journal {path} cannot be opened ({error.strerror or error}). Give this user the right to write "
            "there, or name another place with STORAGE=."
        ) from error


def _database(address: str) -> RDBStorage:
    try:
        engine = {"pool_pre_ping": True, "connect_args": {"connect_timeout": CONNECT_S}}
        driven = f"postgresql+psycopg://{address.partition('://')[2]}"  # psycopg 3, where SQLAlchemy would look for 2
        return RDBStorage(driven, engine_kwargs=engine)
    except ImportError as error:
        raise UnusableStorage(
            'PostgreSQL needs psycopg, which is not installed: pip install "heaviside[postgresql]".'
        ) from error
    except (sqlalchemy.exc.ArgumentError, ValueError) as error:
        raise UnusableStorage(f"{shown(address)[:100]} is no address of a database. {RIGHT}.") from error
    except (sqlalchemy.exc.SQLAlchemyError, RuntimeError, UnicodeError) as error:
        raise UnusableStorage(f"{shown(address)} cannot be used: {_reason(error)}") from error


def _reason(error: BaseException) -> str:
    """What the database says, on one line."""
    cause = error.__cause__ or error  # Optuna wraps what SQLAlchemy wraps
    said = str(getattr(cause, "orig", None) or cause)
    return (
        " ".join(re.sub(r"Multiple connection attempts failed.*", "", said, flags=re.DOTALL).split())[:300]
        or type(error).__name__
    )
