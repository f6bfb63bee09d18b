//! Turns for questions that read much: so few are answered at once that the others always find a connection and a thread.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::readers::ReadError;

/// So many at once. Nobody waits for a turn: threads that wait are threads that answer nobody.
#[derive(Debug)]
pub struct Turns(Arc<Semaphore>);

/// All turns are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many questions of this kind at once")]
pub struct Busy;

/// One of the turns; it is free again when this is dropped. Take it along to where the work is done: whoever asked may go
/// away before that ends.
pub type Turn = OwnedSemaphorePermit;

impl Turns {
    /// So many at once.
    pub fn new(at_once: usize) -> Turns {
        Turns(Arc::new(Semaphore::new(at_once)))
    }

    /// Takes a turn.
    ///
    /// # Errors
    /// [`Busy`].
    pub fn take(&self) -> Result<Turn, Busy> {
        Arc::clone(&self.0).try_acquire_owned().map_err(|_| Busy)
    }
}

impl From<Busy> for ReadError {
    fn from(_: Busy) -> ReadError {
        ReadError::Busy
    }
}

/// The turns of each kind of question.
#[derive(Debug)]
pub struct AllTurns {
    /// What was traded, which anybody may ask.
    pub history: Turns,
    /// What walks along a whole table, or along the transfers that no history has yet.
    pub tables: Turns,
    /// What searches the market: one searches, and one waits for the market meanwhile.
    pub quotes: Turns,
}

impl Default for AllTurns {
    fn default() -> AllTurns {
        AllTurns {
            history: Turns::new(2),
            tables: Turns::new(2),
            quotes: Turns::new(2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_so_many_turns_and_each_comes_back() {
        let turns = Turns::new(2);
        let (one, other) = (turns.take(), turns.take());
        assert!(one.is_ok() && other.is_ok());
        assert_eq!(turns.take().err(), Some(Busy));
        drop(one);
        let again = turns.take();
        assert!(again.is_ok());
        assert_eq!(turns.take().err(), Some(Busy));
        let panicked = std::thread::spawn(move || {
            let _turn = again;
            panic!("half-way");
        });
        assert!(panicked.join().is_err());
        assert!(turns.take().is_ok(), "a turn comes back from a panic");
    }
}
