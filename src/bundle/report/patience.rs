//! Work that cannot be interrupted, waited for only as long as somebody wants it.

use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

/// The user stopped.
#[derive(Debug)]
pub struct Stopped;

/// Does `work` on a thread of its own while it listens for the wish to stop; what is not waited for ends by itself. `None`: it failed.
pub fn patiently<T: Send + 'static>(going: &dyn Fn() -> bool, work: impl FnOnce() -> T + Send + 'static) -> Result<Option<T>, Stopped> {
    const PATIENCE: Duration = Duration::from_millis(20);
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        // Nobody listens any more if the user stopped.
        let _unheard = send.send(work());
    });
    loop {
        match receive.recv_timeout(PATIENCE) {
            Ok(value) => return Ok(Some(value)),
            Err(RecvTimeoutError::Timeout) if !going() => return Err(Stopped),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    fn a_stop_is_heeded_while_the_work_goes_on() {
        let started = Instant::now();
        let going = || started.elapsed() < Duration::from_millis(50);
        let slow = || std::thread::sleep(Duration::from_secs(20));
        assert!(patiently(&going, slow).is_err());
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
        assert!(matches!(patiently(&|| true, || 7), Ok(Some(7))));
    }
}
