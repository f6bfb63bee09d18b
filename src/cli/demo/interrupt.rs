//! Being told to end.

use std::io;

use crossbeam_channel::{Receiver, bounded};
use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal};

/// Gets a message when the process is interrupted or told to terminate.
///
/// # Errors
/// The machine refuses to tell.
pub fn interrupts() -> io::Result<Receiver<()>> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut interrupt, mut terminate) = {
        let _entered = runtime.enter();
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
    };
    let (sender, receiver) = bounded(1);
    let wait = move || {
        runtime.block_on(async {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        });
        // Whoever waited may have ended by itself.
        let _ = sender.send(());
    };
    std::thread::Builder::new().name("interrupts".to_owned()).spawn(wait)?;
    Ok(receiver)
}
