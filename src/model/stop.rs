//! The wish to stop, where it cannot be handed down: in the middle of one record, of one comparison, of one sort.
//!
//! Whoever works for a user who may stop does so [`heeding`] his flag. Whatever takes long on that thread asks [`is_wished`] and ends early,
//! with any answer: what was answered after the wish is dropped by whoever set the flag. On other threads, and outside of such work, nobody
//! stops anything.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

thread_local! {
    static FLAG: RefCell<Option<Arc<AtomicBool>>> = const { RefCell::new(None) };
    static LOOKS: Cell<u64> = const { Cell::new(0) };
    static APPOINTED: Cell<u64> = const { Cell::new(u64::MAX) };
}

/// Puts back the flag that was there before, also where the work panics.
struct Before(Option<Arc<AtomicBool>>);

impl Drop for Before {
    fn drop(&mut self) {
        FLAG.set(self.0.take());
    }
}

/// Does work that can be stopped by `flag`.
pub fn heeding<T>(flag: &Arc<AtomicBool>, work: impl FnOnce() -> T) -> T {
    let _before = Before(FLAG.replace(Some(Arc::clone(flag))));
    work()
}

/// Whether the work on this thread is to stop. To be asked wherever evidence can make a loop long, at least every millisecond.
pub fn is_wished() -> bool {
    let looks = LOOKS.get().saturating_add(1);
    LOOKS.set(looks);
    FLAG.with_borrow(|flag| {
        flag.as_ref().is_some_and(|flag| {
            if looks >= APPOINTED.get() {
                flag.store(true, Ordering::Relaxed);
            }
            flag.load(Ordering::Relaxed)
        })
    })
}

/// How often this thread has asked.
pub fn looks() -> u64 {
    LOOKS.get()
}

/// Sets the flag by itself when this thread has asked so many times more, as a user stops in the middle of the work.
pub fn appoint(looks: u64) {
    APPOINTED.set(LOOKS.get().saturating_add(looks));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_is_heard_where_it_was_set_and_nowhere_else() {
        let (flag, other) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(true)));
        assert!(!is_wished());
        heeding(&flag, || {
            assert!(!is_wished());
            flag.store(true, Ordering::Relaxed);
            assert!(is_wished());
            assert!(std::thread::spawn(|| !is_wished()).join().unwrap());
        });
        assert!(!is_wished());
        appoint(3);
        flag.store(false, Ordering::Relaxed);
        assert_eq!(heeding(&flag, || [is_wished(), is_wished(), is_wished()]), [false, false, true]);
        appoint(u64::MAX);
        assert!(std::panic::catch_unwind(|| heeding(&other, || panic!("on purpose"))).is_err());
        assert!(!is_wished());
    }
}
