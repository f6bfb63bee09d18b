//! Outages, the fault rate, and what the schedules of leases give back.

mod credits;
mod lives;
mod service;
mod stored;
mod town;
