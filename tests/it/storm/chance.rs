//! What happens next.

use qiantang::domain::approval::Verdict;
use qiantang::domain::id::UserId;
use qiantang::domain::user::Role;
use qiantang::engine::Command;
use qiantang::engine::approval::decided_by;

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
        if self.dice.once_in(12) && !self.state.approvals.is_empty() {
            return self.decide();
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

    fn decide(&mut self) -> Command {
        let waiting: Vec<_> = self
            .state
            .approvals
            .values()
            .map(|known| (known.id, known.role))
            .collect();
        let (approval, role) = self.dice.one(&waiting);
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
