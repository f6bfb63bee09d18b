//! The one connection that writes.

use super::account::AccountRow;
use super::application::{ApplicationRow, CalendarRow, CapLiftRow, VoucherAlertRow};
use super::approval::ApprovalRow;
use super::bank_ref::BankRefRow;
use super::banking::{
    AwaitedLineRow, BankStatementRow, CustodyAccountRow, PayoutAccountRow, PayoutBatchRow, PayoutRow,
    StatementEntryRow, SuspenseItemRow, UnfundedRow, WithdrawalRow,
};
use super::batch::BatchRow;
use super::bid::{BidAlternativeRow, BidRow, BidSiteRow, BidVoucherRow};
use super::column::Row;
use super::command::CommandRow;
use super::connection::{Reader, Url};
use super::counter::CounterRow;
use super::dialect::{Append, Appender, Claim, Fault};
use super::dispute::{DisputeRow, UsageKeyRow};
use super::earnings::EarningsRow;
use super::entry::EntryThroughRow;
use super::fill::{FillDrawRow, FillIslandRow, FillRow};
use super::history::History;
use super::identity::{ApiKeyRow, PersonRow, SessionRow};
use super::integrity::{EntityFactsRow, PowerReadingRow, ProviderListRow, RelationRow};
use super::journal::{Head, JournalRow};
use super::lease::LeaseRow;
use super::life::{AccessKeyRow, LeaseChangeRow, LeaseStepRow};
use super::listing::{ListingMaintenanceRow, ListingRow};
use super::log::{self, CheckpointRow, CosignatureRow, LogKeyRow, LogRow, SubtreeRow};
use super::migrate;
use super::office::{ClaimRow, FlagRow, RecoveryRow, TreasuryRequestRow};
use super::organisation::OrganisationRow;
use super::programme::{EntityUseRow, ProgrammeRow};
use super::reference::{AcceleratorRow, ReferencePriceRow, SiteRow, TermsRow};
use super::sealed::SealedRow;
use super::settlement::{FeeScheduleRow, PeriodRow, SettlementRow, UsageCorrectionRow, VatChangeRow};
use super::sla::{LeaseProbeRow, OutageRow};
use super::subsidy::EntitySpendingRow;
use super::transfer::TransferRow;
use super::usage::UsageReportRow;
use super::user::UserRow;
use super::voucher::VoucherRow;
use super::webhook::{AttemptRow, MessageRow, WebhookRow};
use crate::domain::log::{Growth, Suite};
use crate::domain::time::Timestamp;

/// Why a database cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Another process writes.
    #[error("another process writes to this database: {holder}")]
    Taken {
        /// What that process said of itself.
        holder: String,
    },
    /// Not a database of this product.
    #[error("the database is not one of qiantang; it was left as it is")]
    Foreign,
    /// Written by a newer binary.
    #[error(
        "the database has schema version {found}, this binary knows up to {}; use a newer one",
        migrate::SCHEMA_VERSION
    )]
    Newer {
        /// Its version.
        found: i64,
    },
    /// Empty, or written by an older binary.
    #[error("the database has no tables of this version yet: migrate it first")]
    NotMigrated,
    /// A commit would not survive a power failure.
    #[error("the database does not make commits durable: {0}")]
    NotDurable(String),
    /// The history has a gap or does not match its hashes.
    #[error("the journal is damaged: {0}")]
    Damaged(String),
    /// Its log was born with other algorithms, which never change.
    #[error("the log of this database is {found}, not {wanted}: that is fixed when a database is made")]
    OtherLog {
        /// Those that it has.
        found: Suite,
        /// Those that it should have.
        wanted: Suite,
    },
    /// It cannot be reached, read or written.
    #[error("the database cannot be used: {0}")]
    Unusable(String),
}

impl OpenError {
    pub(crate) fn unusable(error: impl std::error::Error) -> OpenError {
        OpenError::Unusable(error.to_string())
    }
}

/// Why a batch was not acknowledged. After any of these drop what is in memory and load it again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// Another writer has taken over; nothing was written, and this writer never will again.
    #[error("another writer has taken over")]
    Fenced,
    /// Certainly nothing was written. If the connection is gone, so are all later batches of this writer.
    #[error("the database refused the batch: {0}")]
    Refused(String),
    /// The batch may or may not be written. This writer is finished: open another one and read what happened.
    #[error("the outcome of a commit is unknown: {0}")]
    Unknown(String),
}

macro_rules! batch {
    (
        insert { $($insert:ident: $insert_row:ty,)* }
        upsert { $($upsert:ident: $upsert_row:ty,)* }
    ) => {
        /// The rows of one commit. Rows of `insert` tables must be new, in the order of their keys; rows of `upsert` tables may
        /// exist and may come several times, the last one counts.
        #[derive(Debug, Default)]
        pub struct Batch {
            $(
                #[doc = concat!("New rows of `", stringify!($insert), "`.")]
                pub $insert: Vec<$insert_row>,
            )*
            $(
                #[doc = concat!("New or changed rows of `", stringify!($upsert), "`.")]
                pub $upsert: Vec<$upsert_row>,
            )*
        }

        impl Batch {
            /// How many rows there are.
            pub fn len(&self) -> usize {
                0 $(+ self.$insert.len())* $(+ self.$upsert.len())*
            }

            /// Whether there is nothing to write.
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }

            /// Forgets the rows and keeps their memory.
            pub fn clear(&mut self) {
                $(self.$insert.clear();)*
                $(self.$upsert.clear();)*
            }

            fn write(&self, appender: &mut impl Append) -> Result<(), Fault> {
                $(appender.insert(&self.$insert)?;)*
                $(appender.upsert(&self.$upsert)?;)*
                Ok(())
            }
        }
    };
}

batch! {
    insert {
        commands: CommandRow,
        new_accounts: AccountRow,
        journal: JournalRow,
        transfers: TransferRow,
        accelerators: AcceleratorRow,
        sites: SiteRow,
        terms: TermsRow,
        reference_prices: ReferencePriceRow,
        programmes: ProgrammeRow,
        new_listings: ListingRow,
        listing_maintenance: ListingMaintenanceRow,
        new_bids: BidRow,
        bid_alternatives: BidAlternativeRow,
        bid_sites: BidSiteRow,
        bid_vouchers: BidVoucherRow,
        fills: FillRow,
        fill_islands: FillIslandRow,
        fill_draws: FillDrawRow,
        new_leases: LeaseRow,
        usage_reports: UsageReportRow,
        entity_facts: EntityFactsRow,
        power_readings: PowerReadingRow,
        periods: PeriodRow,
        usage_corrections: UsageCorrectionRow,
        log_checkpoints: CheckpointRow,
        bank_statements: BankStatementRow,
        statement_entries: StatementEntryRow,
    }
    upsert {
        accounts: AccountRow,
        organisations: OrganisationRow,
        listings: ListingRow,
        bids: BidRow,
        amended_alternatives: BidAlternativeRow,
        leases: LeaseRow,
        lease_steps: LeaseStepRow,
        lease_changes: LeaseChangeRow,
        access_keys: AccessKeyRow,
        vouchers: VoucherRow,
        entity_uses: EntityUseRow,
        entity_spending: EntitySpendingRow,
        provider_lists: ProviderListRow,
        changed_programmes: ProgrammeRow,
        applications: ApplicationRow,
        disputes: DisputeRow,
        usage_keys: UsageKeyRow,
        claims: ClaimRow,
        recoveries: RecoveryRow,
        flags: FlagRow,
        treasury_requests: TreasuryRequestRow,
        outages: OutageRow,
        lease_probes: LeaseProbeRow,
        voucher_alerts: VoucherAlertRow,
        cap_lifts: CapLiftRow,
        calendars: CalendarRow,
        earnings: EarningsRow,
        settlements: SettlementRow,
        fee_schedules: FeeScheduleRow,
        vat_changes: VatChangeRow,
        relations: RelationRow,
        users: UserRow,
        approvals: ApprovalRow,
        bank_refs: BankRefRow,
        payout_accounts: PayoutAccountRow,
        custody_accounts: CustodyAccountRow,
        withdrawals: WithdrawalRow,
        payout_batches: PayoutBatchRow,
        payouts: PayoutRow,
        suspense_items: SuspenseItemRow,
        awaited_lines: AwaitedLineRow,
        unfunded: UnfundedRow,
        counters: CounterRow,
        people: PersonRow,
        sessions: SessionRow,
        api_keys: ApiKeyRow,
        sealed: SealedRow,
        webhooks: WebhookRow,
        webhook_messages: MessageRow,
        webhook_attempts: AttemptRow,
        log_cosignatures: CosignatureRow,
        log_keys: LogKeyRow,
        logs: LogRow,
    }
}

/// The one connection that writes. It belongs to one thread; a batch is written in one transaction.
pub struct Writer {
    appender: Appender,
    epoch: i64,
    head: Head,
    growth: Growth,
    history: History,
    stopped: Option<CommitError>,
}

impl Writer {
    /// Becomes the writer of the database at `url`, which must be migrated. `holder` says who that is, for people.
    pub fn open(url: &Url, holder: &str, at: Timestamp) -> Result<Writer, OpenError> {
        Writer::open_as(url, holder, at, Suite::default())
    }

    /// The same; where the database has no log yet, it is born with these algorithms.
    pub(crate) fn open_as(url: &Url, holder: &str, at: Timestamp, suite: Suite) -> Result<Writer, OpenError> {
        migrate::current(url)?;
        let (appender, epoch) = Appender::open(url, Claim { holder, at })?;
        // Only now is nobody else writing what is read here.
        let mut reader = Reader::open(url)?;
        let head = super::batch::head(&mut reader)?;
        let (suite, born) = log::prepare(&mut reader, head.seq, suite, at)?;
        let (through, tail) = super::history::unfilled(&mut reader)?;
        let history = History::new(through);
        let mut writer = Writer {
            appender,
            epoch,
            head,
            growth: Growth::new(suite),
            history,
            stopped: None,
        };
        writer.refill(&tail).map_err(unusable)?;
        writer.insert(born.as_slice())?;
        let size = writer.head.seq.cast_unsigned();
        writer.growth = log::load(&mut reader, suite, size, |rows| writer.insert(&rows))?;
        Ok(writer)
    }

    fn insert<R: Row>(&mut self, rows: &[R]) -> Result<(), OpenError> {
        if rows.is_empty() {
            return Ok(());
        }
        self.transact(|appender, _| appender.insert(rows)).map_err(unusable)
    }

    /// What the log is hashed and signed with.
    pub fn suite(&self) -> Suite {
        self.growth.suite()
    }

    /// The last event and the hash of all.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// How often the database has had a new writer.
    pub fn epoch(&self) -> i64 {
        self.epoch
    }

    /// Writes `batch` and waits until it is durable.
    pub fn commit(&mut self, batch: &Batch) -> Result<(), CommitError> {
        let chained = self
            .head
            .chain(&batch.journal)
            .map_err(|error| CommitError::Refused(error.to_string()))?;
        self.history
            .check(&batch.transfers)
            .map_err(|error| CommitError::Refused(error.to_string()))?;
        let step = self.history.step(batch.transfers.len());
        let (growth, subtrees) = log::grown(&self.growth, &batch.journal);
        self.transact(|appender, history| {
            batch.write(appender)?;
            if let Some((_, row)) = &chained {
                appender.insert::<BatchRow>(std::slice::from_ref(row))?;
            }
            appender.insert::<SubtreeRow>(&subtrees)?;
            history.write(&step, appender)
        })?;
        if let Some((head, _)) = chained {
            self.head = head;
        }
        self.growth = growth;
        self.history.stepped(&step, &batch.transfers);
        Ok(())
    }

    /// Writes account history that is still to be written, while there is nothing else to do. Says whether there is more.
    pub fn idle(&mut self) -> Result<bool, CommitError> {
        let Some(step) = self.history.idle_step() else {
            return Ok(false);
        };
        self.transact(|appender, history| history.write(&step, appender))?;
        self.history.stepped(&step, &[]);
        Ok(self.history.waits())
    }

    /// Deletes credentials that expired a while before `at`, and what webhooks were told a while before it.
    pub fn purge(&mut self, at: Timestamp) -> Result<(), CommitError> {
        self.transact(|appender, _| {
            appender.execute(&super::identity::purge(at))?;
            appender.execute(&super::webhook::purge(at))
        })
    }

    /// After a restart: the entries of transfers that had none yet, or that had some of theirs.
    fn refill(&mut self, tail: &[super::history::Touch]) -> Result<(), CommitError> {
        for chunk in tail.chunks(super::history::CHUNK_TRANSFERS) {
            let (entries, through) = super::history::entries(chunk);
            self.transact(|appender, _| {
                appender.upsert(&entries)?;
                appender.upsert(&[EntryThroughRow {
                    id: 1,
                    transfer: through,
                }])
            })?;
            self.history = History::new(through);
        }
        Ok(())
    }

    fn transact(&mut self, body: impl FnOnce(&mut Appender, &History) -> Result<(), Fault>) -> Result<(), CommitError> {
        if let Some(error) = &self.stopped {
            return Err(error.clone());
        }
        let written = self
            .appender
            .begin(self.epoch)
            .and_then(|()| body(&mut self.appender, &self.history));
        let committed = match written {
            Ok(()) => self.appender.commit(),
            Err(fault) => Err(fault),
        };
        committed.map_err(|fault| self.fail(fault))
    }

    fn fail(&mut self, fault: Fault) -> CommitError {
        let usable = self.appender.rollback();
        match fault {
            Fault::Refused(reason) if usable => CommitError::Refused(reason),
            Fault::Refused(reason) => self.stop(CommitError::Refused(reason)),
            Fault::Fenced => self.stop(CommitError::Fenced),
            Fault::Unknown(reason) => self.stop(CommitError::Unknown(reason)),
        }
    }

    fn stop(&mut self, error: CommitError) -> CommitError {
        self.stopped = Some(error.clone());
        error
    }
}

fn unusable(error: CommitError) -> OpenError {
    OpenError::Unusable(error.to_string())
}
