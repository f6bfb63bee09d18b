//! Who may do what. One table: what stands in no row is denied.
//!
//! A use case takes a [`Reach`], which comes from a [`Permit`] only, which comes from this table only; so a handler without a
//! row has nothing to call.

use std::marker::PhantomData;

use crate::domain::id::{KeyId, OrgId, SessionId, UserId};
use crate::domain::user::Role;

/// Whose things a role may touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Those of the caller's own organisation; another's are told to be nowhere.
    Own,
    /// Everybody's.
    All,
}

/// What one role may.
pub type Grant = (Role, Scope);

/// Something that can be permitted.
pub trait Operation: 'static {
    /// Its name in logs and in the description of the API.
    const NAME: &'static str;
    /// Which roles may do it, and to whose things.
    const GRANTS: &'static [Grant];
}

macro_rules! operations {
    ($($(#[$doc:meta])* $operation:ident = $name:literal: $($role:ident $scope:ident),+;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy)]
            pub struct $operation;

            impl Operation for $operation {
                const NAME: &'static str = $name;
                const GRANTS: &'static [Grant] = &[$((Role::$role, Scope::$scope)),+];
            }
        )*

        /// The whole table, by name.
        pub const OPERATIONS: &[(&str, &[Grant])] = &[$(($operation::NAME, $operation::GRANTS)),*];
    };
}

operations! {
    /// Look at one's own user, change one's own password, end one's own sessions.
    ActForOneself = "act_for_oneself": Provider Own, Tenant Own, Issuer Own, Auditor Own, Operator Own;
    /// Register organisations and declare them related.
    RegisterOrgs = "register_orgs": Operator All;
    /// Attest facts about organisations.
    AttestFacts = "attest_facts": Operator All;
    /// Report what one's own meters have counted.
    ReportPower = "report_power": Provider Own;
    /// Look for what is wrong, and raise flags for it.
    ScanFlags = "scan_flags": Issuer All, Operator All;
    /// Resolve a flag: an issuer those on its own programmes.
    ResolveFlags = "resolve_flags": Issuer All, Auditor All;
    /// Look at flags: an issuer at those on its own programmes.
    ReadFlags = "read_flags": Issuer Own, Auditor All;
    /// Look at how organisations are related.
    ReadRelations = "read_relations": Issuer All, Auditor All, Operator All;
    /// Look at organisations.
    ReadOrgs = "read_orgs": Provider Own, Tenant Own, Issuer All, Auditor All, Operator All;
    /// Register users, change their roles, stop them, end their sessions.
    ManageUsers = "manage_users": Operator All;
    /// Look at users.
    ReadUsers = "read_users": Provider Own, Tenant Own, Issuer Own, Auditor All, Operator All;
    /// Make and revoke API keys.
    ManageKeys = "manage_keys": Provider Own, Tenant Own, Issuer Own, Operator All;
    /// Say who is told over HTTP of what happens to one's own organisation.
    ManageWebhooks = "manage_webhooks": Provider Own, Tenant Own, Issuer Own, Operator Own;
    /// Look at accelerators, sites, terms and reference prices.
    ReadCatalogue = "read_catalogue": Provider All, Tenant All, Issuer All, Auditor All, Operator All;
    /// Add accelerators and sites.
    DefineCatalogue = "define_catalogue": Operator All;
    /// Ask for other terms or reference prices.
    ProposeTerms = "propose_terms": Operator All;
    /// Open, amend and withdraw listings.
    TradeListings = "trade_listings": Provider Own;
    /// Look at listings and their calendars. What is on offer is open to those who might take it.
    ReadListings = "read_listings": Provider Own, Tenant All, Auditor All, Operator All;
    /// Ask for quotes; place, amend and cancel bids.
    TradeBids = "trade_bids": Tenant Own;
    /// Look at bids.
    ReadBids = "read_bids": Tenant Own, Auditor All, Operator All;
    /// Look at leases.
    ReadLeases = "read_leases": Provider Own, Tenant Own, Auditor All, Operator All;
    /// End a lease before its time.
    EndLeases = "end_leases": Provider Own, Tenant Own, Operator All;
    /// Hand leases over, and announce maintenance.
    ProvisionLeases = "provision_leases": Provider Own;
    /// Accept or refuse what was handed over.
    AcceptLeases = "accept_leases": Tenant Own;
    /// Say that less of a lease works than was promised, or that it works again.
    ReportTrouble = "report_trouble": Provider Own, Tenant Own;
    /// Suspend leases, and let them go on.
    SuspendLeases = "suspend_leases": Operator All;
    /// Ask for changes of leases, and answer them.
    ChangeLeases = "change_leases": Provider Own, Tenant Own;
    /// Say to whom access material is to be encrypted.
    SetAccessKeys = "set_access_keys": Tenant Own;
    /// Get the access material of a lease.
    ReadAccess = "read_access": Tenant Own;
    /// Report usage.
    ReportUsage = "report_usage": Provider Own;
    /// Accept the usage of one's own leases.
    AcceptUsage = "accept_usage": Tenant Own;
    /// Register and revoke the keys of one's own agents.
    ManageUsageKeys = "manage_usage_keys": Provider Own;
    /// Look at the keys of agents.
    ReadUsageKeys = "read_usage_keys": Provider Own, Auditor All, Operator All;
    /// Dispute the usage of one's own leases, and take that back.
    OpenDisputes = "open_disputes": Tenant Own;
    /// Agree to what tenants dispute.
    ConcedeDisputes = "concede_disputes": Provider Own;
    /// Ask for disputes to be decided.
    ResolveDisputes = "resolve_disputes": Operator All;
    /// Look at disputes.
    ReadDisputes = "read_disputes": Provider Own, Tenant Own, Auditor All, Operator All;
    /// Claim outages of one's own leases, and answer those that the other side claims.
    ClaimOutages = "claim_outages": Provider Own, Tenant Own;
    /// Decide on outages that are contested.
    DecideOutages = "decide_outages": Operator All;
    /// Report what probes have found.
    ReportProbes = "report_probes": Operator All;
    /// Look at outages.
    ReadOutages = "read_outages": Provider Own, Tenant Own, Auditor All, Operator All;
    /// Ask for voucher programmes and grants.
    ProposeVouchers = "propose_vouchers": Issuer All;
    /// Put providers into the lists of one's own programmes, and end their places.
    ListProviders = "list_providers": Issuer All;
    /// Write voucher programmes, approve them, open, close and reconcile them.
    RunProgrammes = "run_programmes": Issuer Own;
    /// Apply for vouchers, mend and take back applications.
    Apply = "apply": Tenant Own;
    /// Review, publish and refuse applications, and resolve objections; those of its own programmes, or a stage that is its own.
    ReviewApplications = "review_applications": Issuer Own;
    /// Object to what is under public notice.
    ObjectToApplications = "object_to_applications": Provider All, Tenant All, Issuer All, Operator All;
    /// Look at applications; an authority at those that it decides on.
    ReadApplications = "read_applications": Tenant Own, Issuer All, Auditor All, Operator All;
    /// Erase the personal data of applications.
    EraseContacts = "erase_contacts": Tenant Own, Operator All;
    /// Get the documents of applications and claims: who handed them in, who pays, who reviews an application just now, who audits.
    ReadEvidence = "read_evidence": Tenant Own, Issuer All, Auditor All;
    /// Look at which vouchers expire soon: one's own, an issuer those of its programmes.
    ReadAlerts = "read_alerts": Tenant Own, Issuer Own, Auditor All;
    /// Set calendars of working days.
    SetCalendars = "set_calendars": Operator All;
    /// Look at voucher programmes.
    ReadProgrammes = "read_programmes": Provider All, Tenant All, Issuer All, Auditor All, Operator All;
    /// Look at vouchers: an issuer at those under its own programmes.
    ReadVouchers = "read_vouchers": Tenant Own, Issuer Own, Auditor All, Operator All;
    /// Ask for subsidies to be taken back, and for bans to be lifted.
    ProposeRecoveries = "propose_recoveries": Issuer All;
    /// Ask for a part of what was settled to be given back.
    ProposeCredits = "propose_credits": Operator All;
    /// Look at recoveries, credits and bans: an issuer at those under its own programmes.
    ReadRecoveries = "read_recoveries": Tenant Own, Issuer Own, Auditor All, Operator All;
    /// Hand in documents.
    HandInDocuments = "hand_in_documents": Provider Own, Tenant Own, Issuer Own;
    /// Get documents that one's own organisation has handed in.
    ReadDocuments = "read_documents": Provider Own, Tenant Own, Issuer Own;
    /// Claim, and take claims back.
    SubmitClaims = "submit_claims": Tenant Own;
    /// Ask for claims and assessments to be paid, and refuse claims.
    DecideClaims = "decide_claims": Issuer All;
    /// Look at claims: an issuer at those under its own programmes.
    ReadClaims = "read_claims": Tenant Own, Issuer Own, Auditor All, Operator All;
    /// Ask treasuries to pay, and ask for what they have paid to be booked.
    AskTreasuries = "ask_treasuries": Operator All;
    /// Look at what treasuries owe: an issuer at what they owe under its own programmes.
    ReadTreasuries = "read_treasuries": Issuer Own, Auditor All, Operator All;
    /// Ask for deposits to be booked.
    ProposeDeposits = "propose_deposits": Operator All;
    /// Ask for the bank account that one is paid to; an operator for anybody's.
    SetBankAccounts = "set_bank_accounts": Provider Own, Tenant Own, Operator All;
    /// Look at the bank account that one is paid to, and at what to write when one pays in; auditors see masked numbers.
    ReadBankAccounts = "read_bank_accounts": Provider Own, Tenant Own, Auditor All, Operator All;
    /// Withdraw one's own cash.
    WithdrawCash = "withdraw_cash": Provider Own, Tenant Own;
    /// Look at withdrawals and payouts.
    ReadPayouts = "read_payouts": Provider Own, Tenant Own, Auditor All, Operator All;
    /// Ask for custody accounts and payout batches, send them, get their files, say what the bank has refused.
    RunPayouts = "run_payouts": Operator All;
    /// Look at custody accounts, payout batches, bank statements and suspense.
    ReadBanking = "read_banking": Auditor All, Operator All;
    /// Import bank statements, and say what was in suspense.
    ImportStatements = "import_statements": Operator All;
    /// Settle.
    Settle = "settle": Operator All;
    /// Look at settlements.
    ReadSettlements = "read_settlements": Auditor All, Operator All;
    /// Ask for periods to be closed, and for what is closed to be corrected.
    ProposePeriods = "propose_periods": Operator All;
    /// Look at corrections of closed periods.
    ReadCorrections = "read_corrections": Auditor All, Operator All;
    /// Look at accounts and transfers.
    ReadAccounts = "read_accounts": Provider Own, Tenant Own, Auditor All, Operator All;
    /// Look at the trial balance.
    ReadTrialBalance = "read_trial_balance": Auditor All, Operator All;
    /// Approve or reject what another person has asked for.
    DecideApprovals = "decide_approvals": Issuer All, Operator All;
    /// Look at what waits for a second person.
    ReadApprovals = "read_approvals": Issuer All, Auditor All, Operator All;
    /// Look at the journal.
    ReadJournal = "read_journal": Auditor All, Operator All;
    /// Have checkpoints of the log and proofs of it; they disclose hashes only.
    ReadLog = "read_log": Provider All, Tenant All, Issuer All, Auditor All, Operator All;
    /// Have a checkpoint made now.
    SealLog = "seal_log": Auditor All, Operator All;
    /// Make reports.
    ReadReports = "read_reports": Provider Own, Tenant Own, Issuer All, Auditor All, Operator All;
    /// Have statements of account, invoice data and exports of cost: each party its own.
    ReadStatements = "read_statements": Provider Own, Tenant Own, Auditor All, Operator All;
    /// Have the statement of an issuer: an issuer its own.
    ReadProgrammeStatements = "read_programme_statements": Issuer Own, Auditor All, Operator All;
}

/// Who asks, as the token says and the session confirms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The person; of an API key, whoever made it.
    pub user: UserId,
    /// For which organisation.
    pub org: OrgId,
    /// As what.
    pub roles: Vec<Role>,
    /// The session.
    pub session: SessionId,
    /// The API key, if a machine asks.
    pub key: Option<KeyId>,
}

impl Caller {
    /// The name in the journal: the key's where a machine asks.
    pub fn actor(&self) -> String {
        match self.key {
            Some(key) => key.to_string(),
            None => self.user.to_string(),
        }
    }
}

/// Whose things may be touched. Made by a [`Permit`] only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach(Option<OrgId>);

impl Reach {
    /// The organisation to which it is limited; none: it is not.
    pub fn limit(self) -> Option<OrgId> {
        self.0
    }

    /// Whether things of `org` may be touched.
    pub fn covers(self, org: OrgId) -> bool {
        self.0.is_none_or(|own| own == org)
    }
}

/// No role of the caller may do this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("none of the caller's roles may {operation}")]
pub struct Denied {
    /// What was wanted.
    pub operation: &'static str,
}

/// Leave to do `O`.
#[derive(Debug, Clone)]
pub struct Permit<O> {
    caller: Caller,
    reach: Reach,
    operation: PhantomData<O>,
}

impl<O: Operation> Permit<O> {
    /// What the table says of the caller's roles; the widest scope counts.
    ///
    /// # Errors
    /// [`Denied`] where no role of the caller has a row.
    pub fn of(caller: Caller) -> Result<Permit<O>, Denied> {
        let scopes = || {
            let held = O::GRANTS.iter().filter(|(role, _)| caller.roles.contains(role));
            held.map(|(_, scope)| *scope)
        };
        let reach = if scopes().any(|scope| scope == Scope::All) {
            Reach(None)
        } else if scopes().any(|scope| scope == Scope::Own) {
            Reach(Some(caller.org))
        } else {
            return Err(Denied { operation: O::NAME });
        };
        Ok(Permit {
            caller,
            reach,
            operation: PhantomData,
        })
    }

    /// Who asks.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Whose things may be touched.
    pub fn reach(&self) -> Reach {
        self.reach
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(roles: &[Role]) -> Caller {
        Caller {
            user: UserId(1),
            org: OrgId(7),
            roles: roles.to_vec(),
            session: SessionId(1),
            key: None,
        }
    }

    #[test]
    fn the_widest_scope_counts_and_no_row_is_denied() {
        let reach = |roles: &[Role]| Permit::<ReadBids>::of(caller(roles)).map(|permit| permit.reach());
        assert_eq!(reach(&[Role::Tenant]), Ok(Reach(Some(OrgId(7)))));
        assert_eq!(reach(&[Role::Tenant, Role::Auditor]), Ok(Reach(None)));
        let operation = "read_bids";
        assert_eq!(reach(&[Role::Provider, Role::Issuer]), Err(Denied { operation }));
        assert_eq!(reach(&[]), Err(Denied { operation }));
    }

    #[test]
    fn who_audits_changes_nothing() {
        // To say what was found out about a flag is what auditing is for; it moves no money and changes nothing else. A checkpoint
        // says what is there and changes nothing of it.
        let exempt = ["act_for_oneself", "resolve_flags", "seal_log"];
        let changes = OPERATIONS
            .iter()
            .filter(|(name, _)| !name.starts_with("read_") && !exempt.contains(name));
        for (name, grants) in changes {
            assert!(grants.iter().all(|(role, _)| *role != Role::Auditor), "{name}");
        }
    }
}
