//! What happens next.

use qiantang::domain::approval::Verdict;
use qiantang::domain::id::{ApprovalId, UserId};
use qiantang::domain::user::Role;
use qiantang::engine::Command;
use qiantang::engine::approval::decided_by;
use qiantang::engine::office::application::ApplicationCommand;
use qiantang::engine::office::claim::ClaimCommand;

use super::play::Storm;
use super::setting::{ISSUERS, OPERATORS};

impl Storm {
    /// A number that was never used.
    pub fn number(&mut self) -> u64 {
        self.fresh += 1;
        self.fresh
    }

    /// What happens next: mostly at once, at times after two people have agreed.
    pub fn command(&mut self) -> Command {
        if let Some(shared) = self.just_shared()
            && !self.dice.once_in(4)
        {
            return self.decide(shared);
        }
        if self.dice.once_in(12) && !self.state.approvals.is_empty() {
            let approvals = self.state.approvals.values();
            let waiting: Vec<_> = approvals.map(|known| (known.id, known.role)).collect();
            let one = self.dice.one(&waiting);
            return self.decide(one);
        }
        let command = match self.dice.below(100) {
            0..=44 => self.of_market(),
            45..=69 => self.of_office(),
            70..=91 => self.of_claims(),
            _ => self.of_integrity(),
        };
        match decided_by(&command) {
            Some(role) if self.dice.once_in(3) => Command::Propose {
                maker: self.person(role),
                command: Box::new(command),
            },
            _ => command,
        }
    }

    /// Somebody who may decide, or somebody else.
    pub fn person(&mut self, role: Role) -> UserId {
        let people = if role == Role::Operator {
            &OPERATORS[..]
        } else {
            &ISSUERS[..]
        };
        self.dice.one(people)
    }

    /// What was asked for last, where it shares money among many: it is mostly decided on before the amounts have changed.
    fn just_shared(&self) -> Option<(ApprovalId, Role)> {
        let last = self.state.approvals.values().last()?;
        let shares = matches!(
            *last.command,
            Command::Claim(ClaimCommand::Assess { .. }) | Command::Application(ApplicationCommand::Allocate { .. })
        );
        shares.then_some((last.id, last.role))
    }

    fn decide(&mut self, (approval, role): (ApprovalId, Role)) -> Command {
        let verdict = if self.dice.once_in(5) {
            Verdict::Reject
        } else {
            Verdict::Approve
        };
        Command::Decide {
            checker: self.person(role),
            approval,
            verdict,
            reason: Some("looked at".to_owned()),
        }
    }
}
