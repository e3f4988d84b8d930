"""Everything the environment can set, read once and handed down as plain values."""

from datetime import timedelta
from importlib.metadata import version
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, FilePath, SecretStr, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.learning.splits import Split
from app.observability.logs import LogFormat, LogLevel
from app.review.queue.service_level import ServiceLevels
from app.triage.guarantee.truths import stated_sources
from app.web.public_addresses import LOOPBACK, networks, public_address

Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(networks)]

#: Propensities of sources, by name.
Propensities = Annotated[dict[str, float], NoDecode, BeforeValidator(stated_sources)]

PREFIX = "TERTIUM_"
VERSION = version("tertium")
REPOSITORY = Path(__file__).resolve().parents[1]
#: Characters of a secret by which card numbers become fingerprints; `openssl rand -hex 32` makes 64.
SHORTEST_KEY = 32
YEAR_OF_MINUTES = 365 * 24 * 60


class Settings(BaseSettings):
    """The environment, each variable prefixed with TERTIUM_."""

    # An empty variable is one that is not set: compose passes `TERTIUM_SEED=` for what nobody named.
    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="ignore", allow_inf_nan=False
    )

    database_url: str | None = Field(
        default=None, description="PostgreSQL to use; without it Tertium starts its own in the data folder."
    )
    database_password: SecretStr | None = Field(
        default=None, description="Password of the database, as it stands; takes the place of the address's."
    )
    database_password_file: Path | None = Field(
        default=None,
        description="File that holds the database's password; its last line break is none of it.",
    )
    data_dir: Path = Field(
        default=Path(".tertium"), description="Where the embedded PostgreSQL keeps its data."
    )
    models_dir: Path = Field(default=REPOSITORY / "models", description="Where trained models lie.")
    device: Literal["auto", "cpu", "cuda"] = Field(default="auto", description="Where the network runs.")
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    workers: int = Field(
        default=1,
        ge=1,
        le=64,
        description="Processes that serve together on one port.",
    )
    public_url: Annotated[str | None, BeforeValidator(public_address)] = Field(
        default=None, description="Address by which people reach the service, where a proxy stands before it."
    )
    trusted_proxies: Networks = Field(
        default=LOOPBACK, description="Addresses or networks of proxies that are believed; * believes any."
    )
    lease_seconds: int = Field(
        default=180, ge=5, le=86_400, description="How long an analyst may hold a silent case."
    )
    plain_lease_seconds: int = Field(
        default=600, ge=5, le=86_400, description="How long an analyst without scripts may hold a case."
    )
    undo_seconds: float = Field(
        default=10, ge=0, le=600, description="How long a verdict can be undone before it leaves the house."
    )
    blind_share: float = Field(
        default=0.125, ge=0, le=1, description="Share of unknowns judged before the score is shown."
    )
    second_look_share: float = Field(
        default=0.05, ge=0, le=1, description="Share of verdicts a second analyst looks at."
    )
    second_look_from: float = Field(
        default=2000, ge=0, description="Expected loss from which a second analyst looks at every verdict."
    )
    gold_share: float = Field(
        default=0.02, ge=0, le=1, description="Cases of known truth mixed in, per verdict."
    )
    base_currency: str = Field(
        default="EUR",
        pattern="^[A-Z]{3}$",
        description="Currency in which amounts of several are compared; amounts of settings are in it.",
    )
    urgent_from: float = Field(default=500, ge=0, description="Expected loss from which a case is urgent.")
    high_from: float = Field(
        default=50, ge=0, description="Expected loss from which a case has high priority."
    )
    second_person_from_cases: int = Field(
        default=10, ge=1, description="Cases judged at once from which a second person confirms."
    )
    second_person_from_amount: float = Field(
        default=5000, ge=0, description="Sum judged at once from which a second person confirms."
    )
    urgent_minutes: float = Field(
        default=15, gt=0, le=YEAR_OF_MINUTES, description="How long an urgent case may wait."
    )
    high_minutes: float = Field(
        default=60, gt=0, le=YEAR_OF_MINUTES, description="How long a case of high priority may wait."
    )
    normal_minutes: float = Field(
        default=480, gt=0, le=YEAR_OF_MINUTES, description="How long any other case may wait."
    )
    warning_share: float = Field(
        default=0.8, gt=0, le=1, description="Share of its time after which a case is due soon."
    )
    session_hours: float = Field(default=12, gt=0, le=8760, description="How long a login lasts.")
    scoring_timeout_ms: int = Field(
        default=1000, ge=0, le=600_000, description="After this the model counts as unavailable."
    )
    unavailable_backlog: int = Field(
        default=5000,
        ge=0,
        le=2**31 - 1,
        description="Open cases without a score, or of a wrong feed, beyond which intake answers 503.",
    )
    pool_size: int = Field(default=12, ge=4, le=1000, description="Database connections this process keeps.")
    log_format: LogFormat = Field(default="console", description="Log lines for people, or as JSON.")
    log_level: LogLevel = Field(default="info", description="From which level on lines are logged.")
    metrics_token: SecretStr | None = Field(
        default=None, min_length=16, description="By it other machines may read /metrics."
    )
    metrics_token_file: FilePath | None = Field(
        default=None, description="File that holds the metrics' token, such as a mounted secret."
    )
    card_numbers: Literal["refuse", "mask"] = Field(
        default="refuse", description="Payments with card numbers are refused, or kept with these masked."
    )
    card_issuers_file: FilePath | None = Field(
        default=None,
        description="CSV of card issuers (prefix, brand, country, product): pages tell whose a card is.",
    )
    card_number_key: SecretStr | None = Field(
        default=None,
        min_length=SHORTEST_KEY,
        description="Secret of the fingerprints that card numbers leave.",
    )
    card_number_key_file: FilePath | None = Field(
        default=None, description="File that holds this secret; by default one is made in the data folder."
    )
    training_files_dir: Path | None = Field(
        default=None,
        description="Folder of files that managers may train on in the browser; without it nobody can.",
    )
    training_upload_mb: int = Field(
        default=0, ge=0, le=100_000, description="Megabytes of a file that a browser may send; 0: none may."
    )
    training_recipe: FilePath | None = Field(
        default=None, description="Recipe of trainings in the browser; by default the shipped one."
    )
    messages_kept_days: int = Field(
        default=90, ge=1, le=3650, description="Days for which a message is kept after it was read."
    )
    guarantee_age_days: float = Field(
        default=45,
        ge=1,
        le=365,
        description="Age at which payments enter the check of the guarantee: by then all is known.",
    )
    guarantee_sources: Propensities = Field(
        default={},
        description="Sources that report approved frauds, with the propensity stated of each: chargeback=1.",
    )
    challenger_hour: int | None = Field(
        default=None,
        ge=0,
        le=23,
        description="Hour (UTC) in which a challenger is asked for each day; without it none is.",
    )
    challenger_split: Split | None = Field(
        default=None,
        description="How a challenger's rows are parted; without it by time where payments have one.",
    )
    challenger_days: int = Field(
        default=90, ge=1, le=3650, description="Days of stored payments that a challenger learns from."
    )
    seed: int | None = Field(default=None, ge=0, description="Makes the audit draws of a run repeatable.")

    @property
    def service_levels(self) -> ServiceLevels:
        """How long cases may wait."""
        return ServiceLevels(
            urgent_from=self.urgent_from,
            high_from=self.high_from,
            urgent=timedelta(minutes=self.urgent_minutes),
            high=timedelta(minutes=self.high_minutes),
            normal=timedelta(minutes=self.normal_minutes),
            warning_share=self.warning_share,
        )

    @property
    def metrics_secret(self) -> str | None:
        """The metrics' token, from its file or from the environment; None: only this machine reads them."""
        if self.metrics_token_file is not None:
            return self.metrics_token_file.read_text().strip() or None
        return self.metrics_token.get_secret_value() if self.metrics_token is not None else None

    @property
    def card_number_secret(self) -> str | None:
        """The secret of fingerprints, from its file or from the environment; None: none is set."""
        if self.card_number_key_file is not None:
            return self.card_number_key_file.read_text().strip()
        return self.card_number_key.get_secret_value() if self.card_number_key is not None else None

    @model_validator(mode="after")
    def _masks_by_a_secret(self) -> Self:
        """Refuse to mask card numbers by no secret, or a short one: each replica must know the same."""
        if self.card_numbers == "refuse":
            return self
        try:
            secret = self.card_number_secret
        except OSError as error:
            raise ValueError(f"the secret of card numbers cannot be read: {error.strerror}") from error
        if secret is None and self.database_url is not None:
            raise ValueError(
                f"{PREFIX}CARD_NUMBERS=mask with a database of your own needs {PREFIX}CARD_NUMBER_KEY_FILE or"
                f" {PREFIX}CARD_NUMBER_KEY, the same for every replica"
            )
        if secret is not None and len(secret) < SHORTEST_KEY:
            raise ValueError(f"the secret of card numbers must have {SHORTEST_KEY} characters or more")
        return self

    @model_validator(mode="after")
    def _levels_rise(self) -> Self:
        """Refuse service levels by which more risk waits longer, before anything is started."""
        _ = self.service_levels
        return self
