//! How many readers of the market stream an address may have at once.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::problem::Refusal;

/// When somebody who has all the seats may come again.
const RETRY_SECONDS: u64 = 5;

/// Seats by address. Only addresses that have one are known.
#[derive(Debug)]
pub struct Seats {
    per_address: u32,
    taken: Arc<Mutex<BTreeMap<IpAddr, u32>>>,
}

/// A seat; it is free again when this is dropped.
#[derive(Debug)]
pub struct Seat {
    /// None: whose address is not known, who has no seat to give back.
    address: Option<IpAddr>,
    taken: Arc<Mutex<BTreeMap<IpAddr, u32>>>,
}

impl Seats {
    /// So many for each address.
    pub fn new(per_address: u32) -> Seats {
        Seats {
            per_address,
            taken: Arc::default(),
        }
    }

    /// A seat for somebody at `address`.
    ///
    /// # Errors
    /// [`Refusal::TooMany`] where the address has all of its seats.
    pub fn take(&self, address: Option<IpAddr>) -> Result<Seat, Refusal> {
        if let Some(address) = address {
            let mut taken = lock(&self.taken);
            let held = taken.get(&address).copied().unwrap_or_default();
            if held >= self.per_address {
                return Err(Refusal::TooMany {
                    retry_after_seconds: RETRY_SECONDS,
                });
            }
            taken.insert(address, held + 1);
        }
        Ok(Seat {
            address,
            taken: Arc::clone(&self.taken),
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let Some(address) = self.address else { return };
        let mut taken = lock(&self.taken);
        match taken.get_mut(&address) {
            Some(held) if *held > 1 => *held -= 1,
            Some(_) | None => {
                taken.remove(&address);
            }
        }
    }
}

/// Every change of it is complete, so that a panic elsewhere does not matter.
fn lock(taken: &Mutex<BTreeMap<IpAddr, u32>>) -> MutexGuard<'_, BTreeMap<IpAddr, u32>> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_its_own_seats() {
        let seats = Seats::new(2);
        let at = |address: &str| Some(address.parse().unwrap());
        let (one, _two) = (
            seats.take(at("192.0.2.1")).unwrap(),
            seats.take(at("192.0.2.1")).unwrap(),
        );
        let full = seats.take(at("192.0.2.1")).err();
        assert_eq!(full, Some(Refusal::TooMany { retry_after_seconds: 5 }));
        let other = seats.take(at("192.0.2.2")).unwrap();
        drop(one);
        assert!(seats.take(at("192.0.2.1")).is_ok());
        drop(other);
        assert_eq!(lock(&seats.taken).len(), 1, "who has no seat is forgotten");
    }
}
