//! Being told to end.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll};

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
        let told = |context: &mut Context<'_>| {
            if interrupt.poll_recv(context).is_ready() || terminate.poll_recv(context).is_ready() {
                return Poll::Ready(());
            }
            Poll::Pending
        };
        runtime.block_on(poll_fn(told));
        // Whoever waited may have ended by itself.
        let _ = sender.send(());
    };
    std::thread::Builder::new().name("interrupts".to_owned()).spawn(wait)?;
    Ok(receiver)
}
