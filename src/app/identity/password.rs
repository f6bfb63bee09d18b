//! Hashing of passwords: slow and large on purpose, so that few are hashed at a time and few wait.

use std::sync::{Condvar, Mutex, PoisonError};

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};

use crate::app::random;
use crate::domain::secret::Secret;

/// Passwords that are hashed at once.
pub const HASHING_MAX: usize = 2;
/// Passwords that wait. A further one is sent away.
pub const WAITING_MAX: usize = 32;

/// Why a password was not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too many people log in at once.
    #[error("too many people log in at once; try again")]
    Busy,
    /// It cannot be hashed, which is a defect or a lack of memory or randomness.
    #[error("a password cannot be hashed")]
    Unusable,
}

/// What hashing costs an attacker, and us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

/// 19 MiB and two passes, as OWASP recommends for argon2id.
pub const STANDARD: Cost = Cost {
    memory_kib: 19_456,
    passes: 2,
};

#[derive(Debug, Default)]
struct Line {
    hashing: usize,
    waiting: usize,
}

/// Hashes passwords, a few at a time. Blocks: call it where waiting harms nobody.
#[derive(Debug)]
pub struct Passwords {
    params: Params,
    /// The hash of a password that nobody has: what an unknown address is compared with.
    nobody: Secret,
    line: Mutex<Line>,
    freed: Condvar,
}

impl Passwords {
    /// For a cost; hashes once.
    ///
    /// # Errors
    /// The cost is none that argon2 takes, or there is no randomness.
    pub fn new(cost: Cost) -> Result<Passwords, PasswordError> {
        let params = Params::new(cost.memory_kib, cost.passes, 1, None).map_err(|_| PasswordError::Unusable)?;
        let mut passwords = Passwords {
            params,
            nobody: Secret::new(""),
            line: Mutex::default(),
            freed: Condvar::new(),
        };
        let password = random::secret().map_err(|_| PasswordError::Unusable)?;
        passwords.nobody = passwords.hash(&password)?;
        Ok(passwords)
    }

    /// The hash of a password with a new salt, as a PHC string.
    ///
    /// # Errors
    /// See [`PasswordError`].
    pub fn hash(&self, password: &Secret) -> Result<Secret, PasswordError> {
        let _turn = self.turn()?;
        let salt = random::bytes::<16>().map_err(|_| PasswordError::Unusable)?;
        let hashed = self
            .argon2()
            .hash_password_with_salt(password.expose().as_bytes(), &salt);
        let hash = hashed.map_err(|_| PasswordError::Unusable)?;
        Ok(Secret::new(hash.to_string()))
    }

    /// Whether `hash` is that of `password`. Where there is none the answer is no, after the same time.
    ///
    /// # Errors
    /// See [`PasswordError`].
    pub fn matches(&self, password: &Secret, hash: Option<&Secret>) -> Result<bool, PasswordError> {
        let _turn = self.turn()?;
        let against = hash.unwrap_or(&self.nobody);
        let against = PasswordHash::new(against.expose()).map_err(|_| PasswordError::Unusable)?;
        let verified = self.argon2().verify_password(password.expose().as_bytes(), &against);
        Ok(verified.is_ok() && hash.is_some())
    }

    fn argon2(&self) -> Argon2<'_> {
        Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params.clone())
    }

    /// Waits for one's turn, unless too many do.
    fn turn(&self) -> Result<Turn<'_>, PasswordError> {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        if line.hashing >= HASHING_MAX {
            if line.waiting >= WAITING_MAX {
                return Err(PasswordError::Busy);
            }
            line.waiting += 1;
            while line.hashing >= HASHING_MAX {
                line = self.freed.wait(line).unwrap_or_else(PoisonError::into_inner);
            }
            line.waiting -= 1;
        }
        line.hashing += 1;
        Ok(Turn(self))
    }
}

/// A place among those who hash; given back when dropped.
struct Turn<'a>(&'a Passwords);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut line = self.0.line.lock().unwrap_or_else(PoisonError::into_inner);
        line.hashing -= 1;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Cost = Cost {
        memory_kib: 8,
        passes: 1,
    };

    #[test]
    fn a_hash_matches_its_password_only() {
        let passwords = Passwords::new(CHEAP).unwrap();
        let (right, wrong) = (Secret::new("correct horse"), Secret::new("incorrect horse"));
        let hash = passwords.hash(&right).unwrap();
        assert!(
            hash.expose().starts_with("$argon2id$v=19$m=8,t=1,p=1$"),
            "{}",
            hash.expose()
        );
        assert_ne!(passwords.hash(&right).unwrap(), hash, "each has a salt of its own");
        for (password, hash, expected) in [
            (&right, Some(&hash), true),
            (&wrong, Some(&hash), false),
            (&right, None, false),
        ] {
            assert_eq!(passwords.matches(password, hash), Ok(expected));
        }
    }

    #[test]
    fn who_comes_to_a_full_line_is_sent_away() {
        let passwords = Passwords::new(CHEAP).unwrap();
        let hashing: Vec<Turn<'_>> = (0..HASHING_MAX).map(|_| passwords.turn().ok().unwrap()).collect();
        std::thread::scope(|scope| {
            let waiting: Vec<_> = (0..WAITING_MAX)
                .map(|_| scope.spawn(|| passwords.hash(&Secret::new("correct horse"))))
                .collect();
            while passwords.line.lock().unwrap().waiting < WAITING_MAX {
                std::thread::yield_now();
            }
            assert_eq!(passwords.hash(&Secret::new("late")), Err(PasswordError::Busy));
            drop(hashing);
            for waiter in waiting {
                assert!(waiter.join().unwrap().is_ok());
            }
        });
        assert_eq!(passwords.line.lock().unwrap().hashing, 0);
    }
}
